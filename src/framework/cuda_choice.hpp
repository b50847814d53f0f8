// Which of several CUDA installations a program gets - nvcc by PATH, CUDA_HOME, libraries by LD_LIBRARY_PATH
// - where they contradict each other, and the shell lines that choose one.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "facts/cuda_places.hpp"

namespace nvstack::framework {

/// Who wins a question: "nvcc", "CUDA_HOME", "/usr/local/cuda", "libcudart".
struct CudaWinner {
  std::string question;
  std::string path;  // "" nobody
  std::string version;
  Message by;  // why
};

struct ShellLint {
  std::string id;
  Message text;
};

std::vector<CudaWinner> find_winners(const facts::CudaPlaces& places);
/// What is wrong or needless in the present variables.
std::vector<ShellLint> lint_variables(const facts::CudaPlaces& places);

enum class Shell { kBash, kFish };
enum class BlockForm {
  kLean,  // PATH, CUDA_HOME, and lib64 for programs that are linked with it
  kFull,  // also CUPTI and the targets directory, as many guides have it
};
/// kUsage: bash, zsh (the same) or fish.
Result<Shell> parse_shell(std::string_view word);
std::string environment_block(const std::string& toolkit, const std::string& arch, Shell shell,
                              BlockForm form);

/// The toolkit of a version: "12.6" finds 12.6.3; "" the one that /usr/local/cuda leads to, else the newest.
const facts::CudaPlace* find_toolkit(const facts::CudaPlaces& places, const std::string& version);

Json cuda_list_json(const facts::CudaPlaces& places);
std::string render_cuda_list(const facts::CudaPlaces& places, std::size_t columns);
std::string render_lint(const std::vector<ShellLint>& lint, std::size_t columns);

}  // namespace nvstack::framework
