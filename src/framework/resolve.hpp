// The resolver: a request, saved indexes and the tables become one torch build with its family, the commands
// that install it and the reasons for it; or a refusal with the nearest wishes that could be granted. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"
#include "framework/index.hpp"
#include "framework/rank.hpp"
#include "framework/request.hpp"
#include "framework/tables.hpp"

namespace nvstack::framework {

/// A torch build with what belongs to it.
struct Build {
  Candidate torch;
  Family family;
  std::vector<std::string> wheels;  // file names on the index, of the packages asked for
};

/// Another answer beside the main one: what fits the driver, what matches the toolkit, what has no known
/// fault.
struct Alternative {
  std::string question;  // "driver", "toolkit", "fault-free", "beside"
  Build build;
  Message why;
};

/// Something to know before installing. `id` is stable: an id of torch_issues.rec or of
/// docs/formats/torch.md.
struct Caution {
  std::string id;
  Message text;
};

/// A wish that could be granted instead, with the options that say it.
struct NearestWish {
  Message text;
  std::string options;
};

struct NoBuild {
  Message reason;
  std::vector<NearestWish> nearest;
};

struct Answer {
  Request request;
  std::optional<Build> build;  // nothing: refused
  std::optional<NoBuild> refusal;
  std::vector<Message> reasons;
  std::vector<Caution> warnings;
  std::vector<Alternative> alternatives;
  std::vector<std::string> commands;  // pip, then uv
  std::string address;                // the index of the commands
  std::string data_date;
  std::vector<std::string> indexes;  // the sources that were read
  std::vector<Rejection> left_out;   // newest first
};

/// Errors: kUsage for a mirror that is none. `indexes` empty: the tables answer alone.
Result<Answer> resolve(const Request& request, const std::vector<Index>& indexes, const Tables& tables);

/// docs/formats/torch.md.
Json answer_json(const Answer& answer);
std::string render_answer(const Answer& answer, std::size_t columns);
/// Why nothing newer was chosen, release by release.
std::string render_left_out(const Answer& answer, std::size_t columns);

// ---- parts of it, in files of their own
Build build_of(const Candidate& candidate, const Request& request, const std::vector<Index>& indexes,
               const Tables& tables);
/// The first of rank(), after the check of GPUs against the driver; nothing: refused.
std::optional<Candidate> find_best(const Request& request, const std::vector<Index>& indexes,
                                   const Tables& tables);
/// GPUs that the driver does not know yet, or no longer.
std::optional<Message> machine_refusal(const Request& request);
std::vector<NearestWish> find_nearest(const Request& request, const std::vector<Index>& indexes,
                                      const Tables& tables);
Result<std::vector<std::string>> install_commands(const Build& build, const Request& request,
                                                  const catalog::Catalog& catalog, std::string& address);
void explain_choice(Answer& answer, const std::vector<Index>& indexes, const Tables& tables);

}  // namespace nvstack::framework
