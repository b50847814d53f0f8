// Redaction of a captured machine: what identifies it is replaced by stand-ins of the same shape, the same
// word always by the same stand-in, so that comparisons between files still hold.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "host/image.hpp"

namespace nvstack::cli {

/// Replaces UUIDs, MAC and IP addresses, serial numbers and host names in texts, one dictionary for all of
/// them.
class Redactor {
 public:
  /// A word that is known to be secret (the host name): replaced wherever it stands as a whole word.
  void add_word(std::string_view word, std::string_view stand_in);
  /// `addresses`: also IPv4 and IPv6. Off for package lists, where 9.1.0.70 is a version.
  std::string redact(std::string_view text, bool addresses);

 private:
  std::string stand_in_for(std::string_view kind, const std::string& secret);
  std::map<std::string, std::string, std::less<>> words_;
  std::map<std::string, std::string> known_;  // secret -> stand-in
  std::map<std::string, int, std::less<>> counts_;
};

/// Everything in the image: contents, link targets, names, views, command outputs, variables, nvml.json.
void redact(host::MachineImage& image);

}  // namespace nvstack::cli
