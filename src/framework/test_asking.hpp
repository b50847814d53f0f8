// For tests: a request in one line, the tables, and the answer to it.
#pragma once

#include <doctest.h>

#include "framework/resolve.hpp"

namespace nvstack::framework::test {

inline const catalog::Catalog& built_in() {
  static const catalog::Catalog catalog;
  return catalog;
}

inline const Tables& tables() {
  static const Tables loaded = load_tables(built_in()).value();
  return loaded;
}

/// Python 3.11 on x86_64 with glibc 2.35, this driver ("" not known), these GPUs.
inline Request asking(const std::string& driver = "", const std::vector<std::string>& gpus = {},
                      const std::string& python = "3.11") {
  Request request;
  request.python = parse_python_target(python).value();
  request.libc = {LibcTarget::Kind::kGlibc, 2, 35};
  if (!driver.empty()) request.driver = parse_version(driver);
  for (const std::string& gpu : gpus) request.gpus.push_back(find_gpu(gpu, built_in()).value());
  return request;
}

inline Answer answer_of(const Request& request, const std::vector<Index>& indexes = {}) {
  return resolve(request, indexes, tables()).value();
}

/// "2.6.0+cu124", or "refused".
inline std::string chosen(const Request& request, const std::vector<Index>& indexes = {}) {
  const Answer answer = answer_of(request, indexes);
  return answer.build ? answer.build->torch.torch.text() + "+" + answer.build->torch.variant : "refused";
}

inline bool warns(const Answer& answer, std::string_view id) {
  for (const Caution& caution : answer.warnings)
    if (caution.id == id) return true;
  return false;
}

/// A page as pytorch.org writes it.
inline std::string page_of(const std::string& project, const std::vector<std::string>& files,
                           const std::string& base = "/whl/cu124/") {
  std::string html = "<!DOCTYPE html>\n<html>\n  <body>\n    <h1>Links for " + project + "</h1>\n";
  for (const std::string& file : files) {
    std::string key;
    for (const char c : file) key += c == '+' ? std::string("%2B") : std::string(1, c);
    html += "    <a href=\"" + base + key + "#sha256=" + std::string(64, 'a') + "\">" + file + "</a><br/>\n";
  }
  return html + "  </body>\n</html>\n<!--TIMESTAMP 1741600000-->\n";
}

}  // namespace nvstack::framework::test
