// Secure Boot and the machine owner keys: whether an unsigned or foreign-signed module can load.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct SecureBoot {
  bool efi = false;             // /sys/firmware/efi is there
  std::optional<bool> enabled;  // efivars SecureBoot; nothing when it could not be read
  std::optional<bool> setup_mode;
  std::optional<bool> mok_validation;  // false: mokutil --disable-validation
  std::vector<std::string> enrolled;   // subject common names by mokutil --list-enrolled
  std::vector<std::string> pending;    // keys that wait for the next boot (mokutil --list-new)
  std::vector<std::string> key_files;  // /var/lib/dkms/mok.pub, /var/lib/shim-signed/mok/MOK.der that exist
};

Result<SecureBoot> read_secure_boot(const host::Host& host);

}  // namespace nvstack::facts
