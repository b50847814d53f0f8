// Which candidates fit a request, best first, and why the others do not: the stages are gone through in
// order, and the first that a candidate fails is its reason.
#pragma once

#include <string>
#include <vector>

#include "base/message.hpp"
#include "framework/candidate.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

enum class Stage { kVersion, kChannel, kVariant, kPython, kPlatform, kDriver, kCode, kPair, kFits };
std::string_view stage_name(Stage stage);

struct Rejection {
  Candidate candidate;
  Stage stage = Stage::kVersion;
  Message why;
};

struct Ranking {
  std::vector<Candidate> fitting;   // best first
  std::vector<Rejection> rejected;  // newest torch first
};

/// The variant that a person means by a CUDA version: itself where it exists, else the nearest below of the
/// same major, else the nearest above. Nothing: no variant of that major exists.
std::optional<Version> nearest_variant(const Version& cuda, const std::vector<Version>& variants);
/// The CUDA variants among these candidates, oldest first.
std::vector<Version> variants_of(const std::vector<Candidate>& candidates);

std::vector<Candidate> find_candidates(const Request& request, const std::vector<Index>& indexes,
                                       const Tables& tables);
/// `candidates` are those of find_candidates.
Ranking rank(const Request& request, const std::vector<Candidate>& candidates,
             const std::vector<Index>& indexes, const Tables& tables);
/// The release faults of one build on this machine.
std::vector<const Issue*> issues_of(const Candidate& candidate, const Request& request, const Tables& tables);
/// The newest CUDA that the request's driver brings itself; nothing where it is not known.
std::optional<Version> driver_cuda_of(const Request& request, const Tables& tables);
/// Does the driver bring this build's CUDA or a newer one? Yes where the driver is not known.
bool is_native(const Candidate& candidate, const Request& request, const std::optional<Version>& driver_cuda);

}  // namespace nvstack::framework
