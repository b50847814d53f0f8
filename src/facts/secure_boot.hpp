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
/// The flag in an efivars file: four bytes of attributes, then 0 or 1. Nothing for other bytes.
std::optional<bool> parse_efi_flag(std::string_view bytes);
/// The common names of the "Subject:" lines that mokutil prints.
std::vector<std::string> parse_key_subjects(std::string_view text);

}  // namespace nvstack::facts
