#include "facts/secure_boot.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kVariables = "/sys/firmware/efi/efivars";
constexpr const char* kGlobalGuid = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr const char* kShimGuid = "-605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr std::size_t kKeysMax = 100;

/// Where distributions leave the key that signs the modules they build.
constexpr const char* kKeyFiles[] = {"/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der",
                                     "/etc/pki/akmods/certs/public_key.der"};

Result<std::string> read_variable(const host::Host& host, const std::string& name) {
  return host.read(std::string(kVariables) + "/" + name, {.bytes_max = 1024});
}

std::optional<bool> read_flag(const host::Host& host, const std::string& name) {
  const auto bytes = read_variable(host, name);
  return bytes ? parse_efi_flag(*bytes) : std::nullopt;
}

bool is_filled(const host::Host& host, const std::string& directory) {
  const auto entries = host.list(directory);
  return entries && !entries->empty();
}

std::vector<std::string> query_keys(const host::Host& host, const char* option) {
  const auto answer = host.query({{"mokutil", option}, {.deadline = std::chrono::seconds(5)}});
  return answer && answer->exit_code == 0 ? parse_key_subjects(answer->out) : std::vector<std::string>();
}

/// The common name in "C=GB, O=Canonical Ltd., CN=Key, One" in the forms of OpenSSL 1 to 3.
std::string common_name(std::string_view subject) {
  for (const std::string_view mark : {"CN = ", "CN=", "commonName = ", "commonName="}) {
    const auto parts = cut(subject, mark);
    if (!parts) continue;
    std::string_view value = parts->second;
    if (value.starts_with('"')) return printable(value.substr(1, value.find('"', 1) - 1), 200);
    for (const std::string_view end : {", ", " + ", "/emailAddress"})
      value = value.substr(0, value.find(end));
    return printable(trim(value), 200);
  }
  return {};
}

/// Without the variable: firmware that never had Secure Boot, or variables that are not to be seen. A masked
/// /sys/firmware (a container's) is empty.
std::optional<bool> enabled_without_variable(const host::Host& host, bool efi) {
  if (efi ? is_filled(host, kVariables) : is_filled(host, "/sys/firmware")) return false;
  return std::nullopt;
}

}  // namespace

std::optional<bool> parse_efi_flag(std::string_view bytes) {
  constexpr std::size_t kAttributes = 4;
  if (bytes.size() != kAttributes + 1) return std::nullopt;
  const char value = bytes[kAttributes];
  if (value != 0 && value != 1) return std::nullopt;
  return value == 1;
}

std::vector<std::string> parse_key_subjects(std::string_view text) {
  constexpr std::string_view kMark = "Subject:";
  std::vector<std::string> names;
  for (const std::string_view line : split_lines(text)) {
    const std::string_view entry = trim(line);
    if (!entry.starts_with(kMark) || names.size() == kKeysMax) continue;
    const std::string_view subject = trim(entry.substr(kMark.size()));
    const std::string name = common_name(subject);
    names.push_back(name.empty() ? printable(subject, 200) : name);
  }
  return names;
}

Result<SecureBoot> read_secure_boot(const host::Host& host) {
  SecureBoot boot;
  boot.efi = host::exists(host, "/sys/firmware/efi");
  const auto flag = read_variable(host, std::string("SecureBoot") + kGlobalGuid);
  if (flag) {
    boot.enabled = parse_efi_flag(*flag);
    if (!boot.enabled)
      return fail(ErrorCode::kMalformed, std::string(kVariables) + "/SecureBoot" + kGlobalGuid + " holds " +
                                             std::to_string(flag->size()) + " bytes that are no flag");
  } else if (flag.error().code == ErrorCode::kNotFound) {
    boot.enabled = enabled_without_variable(host, boot.efi);
  }
  if (boot.efi) boot.setup_mode = read_flag(host, std::string("SetupMode") + kGlobalGuid);
  // shim copies this variable only when validation was switched off.
  const auto validation = read_variable(host, std::string("MokSBStateRT") + kShimGuid);
  if (validation) {
    if (const auto off = parse_efi_flag(*validation)) boot.mok_validation = !*off;
  } else if (boot.enabled == true && validation.error().code == ErrorCode::kNotFound) {
    boot.mok_validation = true;
  }
  if (boot.efi && boot.enabled == true) {
    boot.enrolled = query_keys(host, "--list-enrolled");
    boot.pending = query_keys(host, "--list-new");
  }
  for (const char* path : kKeyFiles)
    if (host::exists(host, path)) boot.key_files.emplace_back(path);
  return boot;
}

}  // namespace nvstack::facts
