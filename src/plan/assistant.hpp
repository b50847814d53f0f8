// nvidia-driver-assistant's own way of choosing a flavor and a command, over values: its options, its rule
// over all GPUs, its words and exit codes. It differs from Plan on purpose: a drop-in answers as the
// original.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "catalog/catalog.hpp"

namespace nvstack::plan {

/// An option given without a value counts as not given, as in the original.
struct AssistantOptions {
  bool install = false;
  bool list_supported_distros = false;
  bool verbose = false;
  bool help = false;
  bool json = false;  // ours
  std::optional<std::string> branch, supported_gpus, sys_path, os_release_path, distro, module_flavor;
};

/// Errors: kUsage with the original's words after "error: ".
Result<AssistantOptions> parse_assistant_options(const std::vector<std::string>& arguments);
std::string assistant_usage();
std::string assistant_help();

/// What supported-gpus.json says of one GPU.
enum class AssistantHint { kProprietaryRequired, kProprietarySupported, kOpenRequired };

struct AssistantDevice {
  std::string id;  // "0x2684"
  std::string name;
  AssistantHint hint = AssistantHint::kOpenRequired;
};

struct AssistantSystem {
  std::string id;           // after the aliases: rocky -> rhel
  std::string original_id;  // as read
  std::string version_id;
  std::string pretty_name;
};

/// What the machine says. Texts are read by the caller.
struct AssistantInput {
  std::vector<std::string> modaliases;  // of all devices whose driver is no built-in one
  Result<std::string> os_release = fail(ErrorCode::kNotFound, "not read");
  std::string os_release_path = "/etc/os-release";
  std::string supported_gpus;  // the JSON text; "" takes the program's own table
  std::string supported_gpus_path;
};

struct AssistantAnswer {
  std::string out, err;
  int exit_code = 0;
  std::vector<std::string> to_run;  // --install: to be run one after the other, until one fails
};

/// The devices of class 03 and vendor 10de, in the original's order. Errors: kMalformed for a bad JSON.
Result<std::vector<AssistantDevice>> find_assistant_devices(const AssistantInput& input,
                                                            const catalog::Catalog& catalog);
/// "open" or "closed".
std::string combine_hints(const std::vector<AssistantDevice>& devices);
AssistantSystem parse_assistant_distro(std::string_view text);
std::optional<AssistantSystem> parse_assistant_os_release(std::string_view text);

/// The whole program but for running commands.
AssistantAnswer run_assistant(const AssistantOptions& options, const AssistantInput& input,
                              const catalog::Catalog& catalog);

}  // namespace nvstack::plan
