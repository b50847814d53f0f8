#include "virt/vgpu.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "channel/vgpu.hpp"
#include "virt/identity.hpp"

namespace nvstack::virt {

namespace {

using channel::Gpu, channel::Vgpu, channel::VgpuType;
using Words = std::vector<std::string>;

/// The work that holds a vGPU's GPU open is its own, whoever asked for it.
constexpr std::uint64_t kOwner = 1ull << 62;
constexpr std::uint32_t kFirstId = 3'251'634'177;  // as numbers of vGPUs on real hosts look

template <std::size_t kBytes>
void put_text(char (&target)[kBytes], const std::string& text) {
  std::memset(target, 0, kBytes);
  text.copy(target, kBytes - 1);
}

Result<const VgpuType*> find_type(const Gpu& gpu, const std::string& word) {
  std::vector<std::string> names;
  for (const VgpuType& type : gpu.vgpu_types) {
    if (type.id == 0) break;
    const std::string name = type.name;
    names.push_back(name);
    if (word == std::to_string(type.id) || word == name ||
        (name.size() > word.size() && name.ends_with(" " + word)))
      return &type;
  }
  if (names.empty())
    return fail(ErrorCode::kUsage, "this GPU makes no virtual GPUs",
                "the scenario vgpu-host has GPUs that do");
  const auto near = nearest_word(word, names);
  return fail(ErrorCode::kUsage, "no vGPU type \"" + printable(word, 60) + "\"",
              near ? "did you mean " + *near + "?" : "as in " + names[0]);
}

struct Found {
  std::size_t gpu = 0;
  Vgpu* vgpu = nullptr;
};
Result<Found> find_vgpu(Model& model, const std::string& word) {
  for (std::size_t i = 0; i < model.page().gpu_count; ++i)
    for (Vgpu& vgpu : model.page().gpus[i].vgpus)
      if (vgpu.id != 0 && (word == std::to_string(vgpu.id) || word == vgpu.uuid)) return Found{i, &vgpu};
  return fail(ErrorCode::kUsage, "no vGPU \"" + printable(word, 60) + "\"", "nvidia-smi vgpu lists them");
}

std::uint32_t free_id(Model& model) {
  std::uint32_t id = kFirstId;
  while (find_vgpu(model, std::to_string(id))) ++id;
  return id;
}

void end(Model& model, const Found& found) {
  const std::uint32_t id = found.vgpu->id;
  {
    const Writing writing(model.page().gpus[found.gpu]);
    *found.vgpu = {};
  }
  model.end_work(kOwner + id);
}

}  // namespace

bool is_creatable(const Gpu& gpu, const VgpuType& type) {
  return channel::is_vgpu_creatable(gpu, type, value_or(gpu, channel::ReadingId::vgpu_heterogeneous, 0) != 0);
}

Result<std::string> create_vgpu(Model& model, std::size_t index, const Words& words) {
  if (words.empty()) return fail(ErrorCode::kUsage, "create needs a type", "nvidia-smi vgpu -s lists them");
  Gpu& gpu = model.page().gpus[index];
  const VgpuType& type = *TRY(find_type(gpu, words[0]));
  Vgpu* place =
      std::find_if(std::begin(gpu.vgpus), std::end(gpu.vgpus), [](const Vgpu& vgpu) { return vgpu.id == 0; });
  if (place == std::end(gpu.vgpus) || !is_creatable(gpu, type))
    return fail(ErrorCode::kDenied, std::string("there is no room for a ") + type.name,
                "nvidia-smi vgpu -c lists what can be made");
  Vgpu made{};
  made.id = free_id(model), made.type = type.id;
  made.frame_limit = type.frame_limit, made.encoder_capacity = 100;
  put_text(made.uuid, make_uuid("", made.id, index));
  put_text(made.vm, words.size() > 1 ? words[1] : make_uuid("", made.id, 100 + index));
  Work work;
  work.owner = kOwner + made.id, work.gpu = index, work.pid = 1;
  work.kinds = channel::kCompute | channel::kGraphics;
  work.memory_bytes = static_cast<std::uint64_t>(type.framebuffer_mib) << 20;
  work.name = "vgpu";
  const auto free_bytes = value_or(gpu, channel::ReadingId::memory_total_bytes, 0) -
                          value_or(gpu, channel::ReadingId::memory_used_bytes, 0);
  // The largest type is the whole board, of which the driver keeps a part.
  work.memory_bytes =
      std::min(work.memory_bytes, static_cast<std::uint64_t>(std::max<std::int64_t>(free_bytes, 0)));
  if (const int code = model.add_work(work); code != 0)
    return fail(ErrorCode::kDenied,
                "GPU " + std::to_string(index) + " cannot be opened (NVML code " + std::to_string(code) + ")",
                "");
  const Writing writing(gpu);
  *place = made;
  return std::to_string(made.id) + "\n";
}

Result<std::string> destroy_vgpu(Model& model, const Words& words) {
  if (words.size() != 1) return fail(ErrorCode::kUsage, "destroy needs a vGPU, or all", "");
  if (words[0] != "all") return end(model, TRY(find_vgpu(model, words[0]))), std::string();
  for (std::size_t i = 0; i < model.page().gpu_count; ++i)
    for (Vgpu& vgpu : model.page().gpus[i].vgpus)
      if (vgpu.id != 0) end(model, {i, &vgpu});
  return std::string();
}

Result<std::string> set_vgpu(Model& model, const Words& words) {
  if (words.size() != 3) return fail(ErrorCode::kUsage, "set needs a vGPU, a name and a value", "");
  const Found found = TRY(find_vgpu(model, words[0]));
  const Writing writing(model.page().gpus[found.gpu]);
  Vgpu& vgpu = *found.vgpu;
  if (words[1] == "driver") return put_text(vgpu.guest_driver, words[2]), std::string();
  const auto number = parse_uint(words[2]);
  if (!number) return fail(ErrorCode::kUsage, "\"" + printable(words[2], 40) + "\" is no number", "");
  if (words[1] == "used") return vgpu.memory_used_bytes = *number, std::string();
  struct Row {
    std::string_view name;
    std::uint32_t Vgpu::*value;
    std::uint64_t max;
  };
  constexpr Row kRows[] = {{"sm", &Vgpu::sm_percent, 100},
                           {"memory", &Vgpu::memory_percent, 100},
                           {"encoder", &Vgpu::encoder_percent, 100},
                           {"decoder", &Vgpu::decoder_percent, 100},
                           {"licensed", &Vgpu::licensed, 1}};
  for (const Row& row : kRows)
    if (row.name == words[1] && *number <= row.max)
      return vgpu.*row.value = static_cast<std::uint32_t>(*number), std::string();
  return fail(ErrorCode::kUsage, "no such value of a vGPU",
              "sm, memory, encoder, decoder (percent), used (bytes), licensed (0, 1), driver");
}

}  // namespace nvstack::virt
