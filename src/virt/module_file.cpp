#include "virt/module_file.hpp"

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace nvstack::virt {

namespace {

#if defined(__aarch64__)
constexpr unsigned kElfMachine = 183;
#else
constexpr unsigned kElfMachine = 62;
#endif

void put_number(std::string& bytes, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? value >> (8 * i) & 255 : 0);
}

struct Section {
  std::string name, bytes;
  unsigned type = 1;  // SHT_PROGBITS; 3: SHT_STRTAB
};

/// A relocatable file of 64 bits, as modules are: header, sections, table.
std::string make_elf(std::vector<Section> sections) {
  constexpr unsigned kHeaderBytes = 64, kRelocatable = 1;
  std::string names(1, '\0'), body, table(64, '\0');
  sections.push_back({".shstrtab", "", 3});
  for (const Section& section : sections) names += section.name + '\0';
  sections.back().bytes = names;
  std::size_t name_at = 1;
  for (const Section& section : sections) {
    put_number(table, name_at, 4), put_number(table, section.type, 4), put_number(table, 0, 16);
    put_number(table, kHeaderBytes + body.size(), 8), put_number(table, section.bytes.size(), 8);
    put_number(table, 0, 8), put_number(table, 1, 8), put_number(table, 0, 8);
    name_at += section.name.size() + 1;
    body += section.bytes;
  }
  body.resize((body.size() + 7) / 8 * 8, '\0');
  std::string header =
      "\x7f"
      "ELF\x02\x01\x01";
  header.resize(16, '\0');
  put_number(header, kRelocatable, 2), put_number(header, kElfMachine, 2), put_number(header, 1, 4);
  put_number(header, 0, 16), put_number(header, kHeaderBytes + body.size(), 8), put_number(header, 0, 4);
  put_number(header, kHeaderBytes, 2), put_number(header, 0, 4), put_number(header, 64, 2);
  put_number(header, sections.size() + 1, 2), put_number(header, sections.size(), 2);
  return header + body + table;
}

std::string depends_of(const std::string& name) {
  if (name == "nvidia") return "";
  return name == "nvidia_drm" ? "nvidia-modeset" : "nvidia";
}

/// One DER value: its tag, its length, what is in it.
std::string der(char tag, const std::string& content) {
  std::string bytes(1, tag);
  const std::size_t size = content.size();
  if (size >= 256)
    bytes += '\x82', bytes += static_cast<char>(size >> 8);
  else if (size >= 128)
    bytes += '\x81';
  return bytes + static_cast<char>(size & 255) + content;
}

constexpr char kSequence = 0x30, kSet = 0x31, kObject = 0x06, kInteger = 0x02, kOctets = 0x04, kUtf8 = 0x0c;
constexpr char kExplicit = static_cast<char>(0xa0);

/// PKCS#7 signed data with one signer and no certificate. Source: RFC 2315; sign-file writes it so.
std::string signature_blob(const std::string& signer) {
  const auto algorithm = [](const char* object, std::size_t size) {
    return der(kSequence, der(kObject, std::string(object, size)));
  };
  const std::string sha256 = algorithm("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);
  const std::string rsa =
      der(kSequence,
          der(kObject, std::string("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9)) + std::string("\x05\x00", 2));
  const std::string name =
      der(kSequence, der(kSet, der(kSequence, der(kObject, "\x55\x04\x03") + der(kUtf8, signer))));
  constexpr std::size_t kSignatureBytes = 256;
  std::string signature;
  while (signature.size() < kSignatureBytes)
    signature += "placeholder of the virtual GPU host, no signature. ";
  signature.resize(kSignatureBytes);
  const std::string one = der(kInteger, "\x01");
  const std::string signers = der(
      kSequence, one + der(kSequence, name + der(kInteger, "\x2a")) + sha256 + rsa + der(kOctets, signature));
  const std::string data = algorithm("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 9);
  const std::string signed_data = der(kSequence, one + der(kSet, sha256) + data + der(kSet, signers));
  return der(kSequence, der(kObject, std::string("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9)) +
                            der(kExplicit, signed_data));
}

}  // namespace

// source: modinfo of the modules of driver 580
std::vector<std::string> module_aliases(const std::string& name) {
  if (name != "nvidia") return {};
  return {"char-major-195-*", "pci:v000010DEd*sv*sd*bc06sc80i00*", "pci:v000010DEd*sv*sd*bc03sc02i00*",
          "pci:v000010DEd*sv*sd*bc03sc00i00*"};
}

std::string module_license(const std::string& name, const std::string& flavor) {
  if (name == "nvidia" || name == "nvidia_modeset") return flavor == "open" ? "Dual MIT/GPL" : "NVIDIA";
  return name == "nvidia_peermem" ? "Dual BSD/GPL" : "Dual MIT/GPL";
}

std::string module_srcversion(const std::string& name, const std::string& version,
                              const std::string& flavor) {
  constexpr std::size_t kDigits = 23;
  std::string digits = sha256_of(name + " " + version + " " + flavor).substr(0, kDigits);
  for (char& digit : digits)
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  return digits;
}

std::string sign_module(std::string bytes, const std::string& signer) {
  constexpr char kPkcs7 = 2;  // struct module_signature: the kind of id; the size at its end is big-endian
  const std::string blob = signature_blob(signer.substr(0, 100));
  bytes += blob;
  bytes += std::string(2, '\0') + kPkcs7 + std::string(5, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(blob.size() >> shift & 255);
  return bytes + "~Module signature appended~\n";
}

std::string make_module_file(const ModuleFile& file) {
  std::string entries;
  const auto add = [&](const std::string& key, const std::string& value) {
    entries += key + "=" + value + '\0';
  };
  for (const std::string& alias : module_aliases(file.name)) add("alias", alias);
  add("version", file.version);
  add("supported", "external");
  add("license", module_license(file.name, file.flavor));
  if (file.name == "nvidia")
    for (const char* chip : {"gsp_tu10x.bin", "gsp_ga10x.bin"})
      add("firmware", "nvidia/" + file.version + "/" + chip);
  add("srcversion", module_srcversion(file.name, file.version, file.flavor));
  add("depends", depends_of(file.name));
  add("name", file.name);
  add("vermagic", file.kernel + " SMP preempt mod_unload modversions ");
  for (const std::string& parameter : file.parameters) add("parmtype", parameter);
  std::string bytes = make_elf({{".modinfo", entries}});
  return file.signer.empty() ? bytes : sign_module(std::move(bytes), file.signer);
}

}  // namespace nvstack::virt
