// The ways of nvstack torch beside the plain answer: each gets the words that were read and prints its own
// answer.
#pragma once

#include <string>
#include <vector>

#include "cli/torch_words.hpp"

namespace nvstack::cli {

/// The plain answer, with indexes read where --index names them.
Result<framework::Answer> answer_torch(const TorchWords& words, const std::vector<std::string>& packages,
                                       const framework::Tables& tables);

/// A wheel on this machine against the hash that the indexes publish for its name; nothing published: no
/// error.
Status check_hash(const std::string& path, const std::vector<framework::Index>& indexes);

Result<int> torch_check(const TorchWords& words, const framework::Tables& tables, Terminal& terminal);
Result<int> torch_requirements(const TorchWords& words, const framework::Tables& tables, Terminal& terminal);
Result<int> torch_install(const TorchWords& words, const std::vector<std::string>& packages,
                          const framework::Tables& tables, Terminal& terminal);
Result<int> torch_wheel(const TorchWords& words, const std::vector<std::string>& files,
                        const framework::Tables& tables, Terminal& terminal);

}  // namespace nvstack::cli
