// nvidia-smi mig: profiles, instances, placements; create and destroy. Words and tables as the MIG user guide
// prints them.

#include "base/text.hpp"
#include "smi/commands.hpp"
#include "smi/format.hpp"
#include "smi/mig_profiles.hpp"
#include "smi/mig_tables.hpp"
#include "smi/options.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

constexpr WordRow kRows[] = {
    {"-i", "--id", true},
    {"-gi", "--gpu-instance-id", true},
    {"-ci", "--compute-instance-id", true},
    {"-lgip", "--list-gpu-instance-profiles", false},
    {"-lgipp", "--list-gpu-instance-possible-placements", false},
    {"-lgi", "--list-gpu-instances", false},
    {"-cgi", "--create-gpu-instance", true},
    {"-C", "--default-compute-instance", false},
    {"-dgi", "--destroy-gpu-instance", false},
    {"-lcip", "--list-compute-instance-profiles", false},
    {"-lcipp", "--list-compute-instance-possible-placements", false},
    {"-lci", "--list-compute-instances", false},
    {"-cci", "--create-compute-instance", true},
    {"-dci", "--destroy-compute-instance", false},
};

int create_compute(CommandContext& context, Board& board, const GpuPart& part,
                   const ComputeProfile& profile) {
  nvmlComputeInstance_t created = nullptr;
  auto code =
      NVML_CALL(board.nvml(), nvmlGpuInstanceCreateComputeInstance, part.handle, profile.facts.id, &created);
  nvmlComputeInstanceInfo_t facts{};
  if (code == NVML_SUCCESS) code = NVML_CALL(board.nvml(), nvmlComputeInstanceGetInfo_v2, created, &facts);
  if (code != NVML_SUCCESS) {
    context.out(
        format("Unable to create a compute instance on GPU %2u GPU instance ID %2u using profile %u: %s\n",
               board.index, part.facts.id, profile.facts.id, code_words(code)));
    return code;
  }
  context.out(
      format("Successfully created compute instance ID %2u on GPU %2u GPU instance ID %2u using profile %s "
             "(ID %2u)\n",
             facts.id, board.index, part.facts.id, profile.name.c_str(), profile.facts.id));
  return 0;
}

/// The profile that fills the instance.
int create_default_compute(CommandContext& context, Board& board, const GpuPart& part) {
  const auto profiles = read_compute_profiles(board, part);
  if (profiles.empty())
    return context.refuse("No compute instance profiles found: Not Found", NVML_ERROR_NOT_FOUND);
  return create_compute(context, board, part, profiles.back());
}

int create_gpu_part(CommandContext& context, Board& board, const std::string& word, bool with_compute) {
  const auto at = cut(word, ":");  // PROFILE:PLACEMENT
  const std::string name(at ? at->first : std::string_view(word));
  const auto profile = find_gpu_profile(board, name);
  if (!profile)
    return context.refuse("Unable to create a GPU instance on GPU " + format("%2u", board.index) +
                              " using profile " + printable(name, 40) + ": Invalid Argument",
                          NVML_ERROR_INVALID_ARGUMENT);
  nvmlGpuInstance_t created = nullptr;
  nvmlReturn_t code = NVML_SUCCESS;
  if (at) {
    const auto start = parse_uint(at->second);
    if (!start || *start > 64) return context.refuse("Invalid placement.", kInvalidExitCode);
    const nvmlGpuInstancePlacement_t placement{static_cast<unsigned>(*start), profile->facts.sliceCount};
    code = NVML_CALL(board.nvml(), nvmlDeviceCreateGpuInstanceWithPlacement, board.device, profile->facts.id,
                     &placement, &created);
  } else {
    code = NVML_CALL(board.nvml(), nvmlDeviceCreateGpuInstance, board.device, profile->facts.id, &created);
  }
  GpuPart part{created, {}, profile->name};
  if (code == NVML_SUCCESS) code = NVML_CALL(board.nvml(), nvmlGpuInstanceGetInfo, created, &part.facts);
  if (code != NVML_SUCCESS)
    return context.refuse(format("Unable to create a GPU instance on GPU %2u using profile %u: %s",
                                 board.index, profile->facts.id, code_words(code)),
                          code);
  context.out(format("Successfully created GPU instance ID %2u on GPU %2u using profile %s (ID %2u)\n",
                     part.facts.id, board.index, profile->name.c_str(), profile->facts.id));
  return with_compute ? create_default_compute(context, board, part) : 0;
}

int create_computes(CommandContext& context, Board& board, const Words& words) {
  for (const GpuPart& part : read_gpu_parts(board)) {
    if (!is_chosen(words.value("-gi"), part.facts.id)) continue;
    const auto profiles = read_compute_profiles(board, part);
    const std::string wished = words.value("-cci");
    for (const std::string_view word : split(wished, ',')) {
      const auto id = parse_uint(trim(word));
      bool found = false;
      for (const ComputeProfile& profile : profiles) {
        if (found ||
            !((id && profile.facts.id == *id) || profile.name == word || profile.name.substr(4) == word))
          continue;
        found = true;
        if (const int code = create_compute(context, board, part, profile)) return code;
      }
      if (!found)
        return context.refuse("Invalid compute instance profile " + printable(word, 40), kInvalidExitCode);
    }
  }
  return 0;
}

int destroy_computes(CommandContext& context, Board& board, const Words& words) {
  int last = 0;
  for (const GpuPart& part : read_gpu_parts(board)) {
    if (!is_chosen(words.value("-gi"), part.facts.id)) continue;
    for (const ComputePart& compute : read_compute_parts(board, part)) {
      if (!is_chosen(words.value("-ci"), compute.facts.id)) continue;
      const auto code = NVML_CALL(board.nvml(), nvmlComputeInstanceDestroy, compute.handle);
      context.out(
          format(code == NVML_SUCCESS
                     ? "Successfully destroyed compute instance ID %2u from GPU %2u GPU instance ID %2u\n"
                     : "Unable to destroy compute instance ID %2u from GPU %2u GPU instance ID %2u: %s\n",
                 compute.facts.id, board.index, part.facts.id, code_words(code)));
      if (code != NVML_SUCCESS) last = code;
    }
  }
  return last;
}

int destroy_gpu_parts(CommandContext& context, Board& board, const Words& words) {
  int last = 0;
  for (const GpuPart& part : read_gpu_parts(board)) {
    if (!is_chosen(words.value("-gi"), part.facts.id)) continue;
    const auto code = NVML_CALL(board.nvml(), nvmlGpuInstanceDestroy, part.handle);
    context.out(format(code == NVML_SUCCESS ? "Successfully destroyed GPU instance ID %2u from GPU %2u\n"
                                            : "Unable to destroy GPU instance ID %2u from GPU %2u: %s\n",
                       part.facts.id, board.index, code_words(code)));
    if (code != NVML_SUCCESS) last = code;
  }
  return last;
}

int change(CommandContext& context, Board& board, const Words& words) {
  if (words.has("-dci")) return destroy_computes(context, board, words);
  if (words.has("-dgi")) return destroy_gpu_parts(context, board, words);
  if (words.has("-cci")) return create_computes(context, board, words);
  const std::string wished = words.value("-cgi");
  for (const std::string_view word : split(wished, ','))
    if (const int code = create_gpu_part(context, board, std::string(trim(word)), words.has("-C")))
      return code;
  return 0;
}

std::string show(std::vector<Board*>& boards, const Words& words) {
  if (words.has("-lgip")) return render_gpu_profiles(boards);
  if (words.has("-lgipp")) return render_placements(boards);
  if (words.has("-lgi")) return render_gpu_parts(boards);
  if (words.has("-lcip") || words.has("-lcipp")) return render_compute_profiles(boards, words.value("-gi"));
  return render_compute_parts(boards, words.value("-gi"));
}

}  // namespace

int run_mig(CommandContext& context) {
  std::string problem;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  auto targets = find_targets(context.system, words->value("-i"));
  std::vector<Board*> boards;
  for (Target& target : targets)
    if (target.board && target.board->in_mig_mode()) boards.push_back(&*target.board);
  if (boards.empty()) return context.refuse("No MIG-enabled devices found.", NVML_ERROR_NOT_FOUND);
  const bool changes = words->has("-cgi") || words->has("-cci") || words->has("-dgi") || words->has("-dci");
  const bool shows = words->has("-lgip") || words->has("-lgipp") || words->has("-lgi") ||
                     words->has("-lcip") || words->has("-lcipp") || words->has("-lci");
  if (context.json && !changes) {
    context.out(mig_json(boards).dump(2) + "\n");
    return 0;
  }
  if (changes == shows)
    return context.refuse("Invalid combination of input arguments. Please run 'nvidia-smi mig -h' for help.",
                          kInvalidExitCode);
  if (changes) {
    for (Board* board : boards)
      if (const int code = change(context, *board, *words)) return code;
    return 0;
  }
  const std::string text = show(boards, *words);
  context.out(text);
  return text.ends_with(": Not Found\n") ? static_cast<int>(NVML_ERROR_NOT_FOUND) : 0;
}

}  // namespace nvstack::smi
