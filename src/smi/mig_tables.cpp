#include "smi/mig_tables.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/format.hpp"

namespace nvstack::smi {

namespace {

constexpr const char* kProfileRule =
    "+-----------------------------------------------------------------------------+\n";
constexpr const char* kPartRule = "+----------------------------------------------------+\n";
constexpr const char* kComputeProfileRule =
    "+--------------------------------------------------------------------------------------+\n";
constexpr const char* kComputeRule =
    "+--------------------------------------------------------------------+\n";

std::string profile_rows(Board& board, const GpuProfile& profile) {
  const auto& facts = profile.facts;
  unsigned free = 0;
  NVML_CALL(board.nvml(), nvmlDeviceGetGpuInstanceRemainingCapacity, board.device, facts.id, &free);
  std::string text = format(
      "|%4u  %-17s%3u    %2u/%-2u       %-8.2f   %-3s   %3u%6u%6u   |\n", board.index, profile.name.c_str(),
      facts.id, free, facts.instanceCount, static_cast<double>(facts.memorySizeMB) / 1024,
      facts.isP2pSupported ? "Yes" : "No", facts.multiprocessorCount, facts.decoderCount, facts.encoderCount);
  text += format("|%62u%6u%6u   |\n", facts.copyEngineCount, facts.jpegCount, facts.ofaCount);
  return text + kProfileRule;
}

}  // namespace

bool is_chosen(const std::string& ids, unsigned id) {
  if (ids.empty()) return true;
  for (const std::string_view part : split(ids, ','))
    if (parse_uint(trim(part)) == id) return true;
  return false;
}

std::string render_gpu_profiles(const std::vector<Board*>& boards) {
  std::string rows;
  for (Board* board : boards)
    for (const GpuProfile& profile : read_gpu_profiles(*board)) rows += profile_rows(*board, profile);
  if (rows.empty()) return "No GPU instance profiles found: Not Found\n";
  return std::string(kProfileRule) +
         "| GPU instance profiles:                                                      |\n"
         "| GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  |\n"
         "|                              Free/Total   GiB              CE    JPEG  OFA  |\n"
         "|=============================================================================|\n" +
         rows;
}

std::string render_placements(const std::vector<Board*>& boards) {
  std::string text;
  for (Board* board : boards) {
    for (const GpuProfile& profile : read_gpu_profiles(*board)) {
      std::array<nvmlGpuInstancePlacement_t, 32> placements{};
      unsigned count = placements.size();
      const auto code = NVML_CALL(board->nvml(), nvmlDeviceGetGpuInstancePossiblePlacements_v2, board->device,
                                  profile.facts.id, placements.data(), &count);
      if (code != NVML_SUCCESS) continue;
      std::string starts;
      for (unsigned i = 0; i < std::min<unsigned>(count, placements.size()); ++i)
        starts += (i ? "," : "") + std::to_string(placements[i].start);
      text += format("GPU %2u Profile ID %2u Placement%s: %s%s%s:%u\n", board->index, profile.facts.id,
                     count > 1 ? "s" : " ", "{", starts.c_str(), "}", count ? placements[0].size : 0);
    }
  }
  return text.empty() ? "No GPU instance profiles found: Not Found\n" : text;
}

std::string render_gpu_parts(const std::vector<Board*>& boards) {
  std::string rows;
  for (Board* board : boards) {
    for (const GpuPart& part : read_gpu_parts(*board)) {
      const std::string place =
          std::to_string(part.facts.placement.start) + ":" + std::to_string(part.facts.placement.size);
      rows += format("|%4u  %-16s%3u%9u%13s     |\n", board->index, part.name.c_str(), part.facts.profileId,
                     part.facts.id, place.c_str());
      rows += kPartRule;
    }
  }
  if (rows.empty()) return "No GPU instances found: Not Found\n";
  return std::string(kPartRule) +
         "| GPU instances:                                     |\n"
         "| GPU   Name          Profile  Instance   Placement  |\n"
         "|                       ID       ID       Start:Size |\n"
         "|====================================================|\n" +
         rows;
}

std::string render_compute_profiles(const std::vector<Board*>& boards, const std::string& ids) {
  std::string rows;
  for (Board* board : boards) {
    for (const GpuPart& part : read_gpu_parts(*board)) {
      if (!is_chosen(ids, part.facts.id)) continue;
      for (const ComputeProfile& profile : read_compute_profiles(*board, part)) {
        const auto& facts = profile.facts;
        unsigned free = 0;
        NVML_CALL(board->nvml(), nvmlGpuInstanceGetComputeInstanceRemainingCapacity, part.handle, facts.id,
                  &free);
        rows += format("|%4u%7u       %-18s%4u     %2u/%-2u%12u%9u%6u%6u   |\n", board->index, part.facts.id,
                       profile.name.c_str(), facts.id, free, facts.instanceCount, facts.multiprocessorCount,
                       facts.sharedDecoderCount, facts.sharedEncoderCount, facts.sharedOfaCount);
        rows += format("|%71u%6u         |\n", facts.sharedCopyEngineCount, facts.sharedJpegCount);
        rows += kComputeProfileRule;
      }
    }
  }
  if (rows.empty()) return "No GPU instances found: Not Found\n";
  return std::string(kComputeProfileRule) +
         "| Compute instance profiles:                                                           |\n"
         "| GPU     GPU       Name             Profile  Instances   Exclusive       Shared       |\n"
         "|       Instance                       ID     Free/Total     SM       DEC   ENC   OFA  |\n"
         "|         ID                                                          CE    JPEG       |\n"
         "|======================================================================================|\n" +
         rows;
}

std::string render_compute_parts(const std::vector<Board*>& boards, const std::string& ids) {
  std::string rows;
  for (Board* board : boards) {
    for (const GpuPart& part : read_gpu_parts(*board)) {
      if (!is_chosen(ids, part.facts.id)) continue;
      for (const ComputePart& compute : read_compute_parts(*board, part)) {
        const std::string place = std::to_string(compute.facts.placement.start) + ":" +
                                  std::to_string(compute.facts.placement.size);
        rows += format("|%4u%7u       %-18s%4u%10u%13s     |\n", board->index, part.facts.id,
                       compute.name.c_str(), compute.facts.profileId, compute.facts.id, place.c_str());
        rows += kComputeRule;
      }
    }
  }
  if (rows.empty()) return "No compute instances found: Not Found\n";
  return std::string(kComputeRule) +
         "| Compute instances:                                                 |\n"
         "| GPU     GPU       Name             Profile   Instance   Placement  |\n"
         "|       Instance                       ID        ID       Start:Size |\n"
         "|         ID                                                         |\n"
         "|====================================================================|\n" +
         rows;
}

}  // namespace nvstack::smi
