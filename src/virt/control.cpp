#include "virt/control.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "virt/board_values.hpp"
#include "virt/fault_rows.hpp"
#include "virt/faults.hpp"
#include "virt/replay.hpp"
#include "virt/vgpu.hpp"

namespace nvstack::virt {

namespace {

using Words = std::vector<std::string>;

/// The GPUs that a word means: a number, "all", an address or a UUID.
Result<std::vector<std::size_t>> gpus_of(const Model& model, const std::string& word) {
  std::vector<std::size_t> found;
  const channel::Page& page = model.page();
  for (std::size_t i = 0; i < page.gpu_count; ++i)
    if (word == "all" || word == std::to_string(i) || word == model.scenario().gpus[i].bdf ||
        word == channel::text(page.gpus[i], channel::TextId::uuid))
      found.push_back(i);
  if (found.empty() && !(word == "all" && page.gpu_count == 0))
    return fail(ErrorCode::kUsage, "no GPU \"" + printable(word, 60) + "\"",
                "a number up to " + std::to_string(page.gpu_count ? page.gpu_count - 1 : 0) +
                    ", an address, a UUID or all");
  return found;
}

Result<std::string> run_fault(Model& model, const ControlCaller&, const Words& words) {
  if (words.size() < 2) return fail(ErrorCode::kUsage, "which fault?", "nvstack virt fault lists them");
  const Words rest(words.begin() + 2, words.end());
  const auto row = std::find_if(faults().begin(), faults().end(),
                                [&](const Fault& fault) { return fault.name == words[0]; });
  // A fault of the whole machine happens once, and also where there is no GPU.
  const auto gpus =
      row != faults().end() && row->of_gpu ? TRY(gpus_of(model, words[1])) : std::vector<std::size_t>{0};
  for (const std::size_t gpu : gpus) TRY(apply_fault(model, words[0], gpu, rest));
  return std::string();
}

Result<std::string> run_set(Model& model, const ControlCaller&, const Words& words) {
  if (words.size() != 3)
    return fail(ErrorCode::kUsage, "set needs a GPU, a name and a value", "set 0 fan_percent 80");
  const auto reading = find_reading(words[1]);
  const auto text = find_text(words[1]);
  if (!reading && !text)
    return fail(ErrorCode::kUsage, "no value named \"" + printable(words[1], 60) + "\"",
                "docs/formats/scenario.md lists them");
  if (text && words[2].size() >= channel::kTextBytes)
    return fail(ErrorCode::kUsage, "a text has at most 95 bytes", "");
  BoardValue value;
  if (reading) {
    const auto number = parse_int(words[2]);
    value = TRY(parse_value(number ? Json(*number) : Json(words[2]), words[1]));
  }
  for (const std::size_t index : TRY(gpus_of(model, words[0]))) {
    channel::Gpu& gpu = model.page().gpus[index];
    if (reading == channel::ReadingId::persistence_mode && value.code == 0) {
      if (const int code = model.set_persistence(index, value.value != 0); code != 0)
        return fail(
            ErrorCode::kDenied,
            "GPU " + std::to_string(index) + " cannot be opened (NVML code " + std::to_string(code) + ")",
            "");
      continue;
    }
    const Writing writing(gpu);
    if (reading)
      channel::reading(gpu, *reading) = {value.value, value.code, 0};
    else {
      char* target = gpu.texts[static_cast<std::size_t>(*text)];
      std::fill_n(target, channel::kTextBytes, '\0');
      words[2].copy(target, channel::kTextBytes - 1);
    }
  }
  model.wake();
  model.machine_changed();
  return std::string();
}

/// load GPU PID NAME KEY=NUMBER...: sm, memory, bytes, encoder, decoder, pcie, nvlink, kind, gi, ci.
Result<std::string> run_load(Model& model, const ControlCaller& caller, const Words& words) {
  if (words.size() < 3) return fail(ErrorCode::kUsage, "load needs a GPU, a process and its name", "");
  Work work;
  work.owner = caller.connection;
  work.pid = static_cast<unsigned>(TRY(number_word(words, 1, UINT32_MAX, "PID")));
  work.name = words[2];
  for (std::size_t i = 3; i < words.size(); ++i) {
    const auto pair = cut(words[i], "=");
    const auto number = pair ? parse_uint(pair->second) : std::nullopt;
    if (!number) return fail(ErrorCode::kUsage, "\"" + printable(words[i], 40) + "\" is not KEY=NUMBER", "");
    const auto percent = static_cast<unsigned>(std::min<std::uint64_t>(*number, 100));
    if (pair->first == "sm")
      work.sm_percent = percent;
    else if (pair->first == "memory")
      work.memory_percent = percent;
    else if (pair->first == "encoder")
      work.encoder_percent = percent;
    else if (pair->first == "decoder")
      work.decoder_percent = percent;
    else if (pair->first == "bytes")
      work.memory_bytes = *number;
    else if (pair->first == "pcie")
      work.pcie_mbps = static_cast<unsigned>(std::min<std::uint64_t>(*number, 1'000'000));
    else if (pair->first == "nvlink")
      work.nvlink_mbps = static_cast<unsigned>(std::min<std::uint64_t>(*number, 10'000'000));
    else if (pair->first == "kind")
      work.kinds = static_cast<unsigned>(*number & 7);
    else if (pair->first == "gi")
      work.gpu_instance = static_cast<unsigned>(*number);
    else if (pair->first == "ci")
      work.compute_instance = static_cast<unsigned>(*number);
    else
      return fail(ErrorCode::kUsage, "no load named \"" + printable(pair->first, 40) + "\"", "");
  }
  for (const std::size_t gpu : TRY(gpus_of(model, words[0]))) {
    const auto free_bytes = value_or(model.page().gpus[gpu], channel::ReadingId::memory_total_bytes, 0) -
                            value_or(model.page().gpus[gpu], channel::ReadingId::memory_used_bytes, 0);
    if (work.memory_bytes > static_cast<std::uint64_t>(std::max<std::int64_t>(free_bytes, 0)))
      return fail(ErrorCode::kDenied, "GPU " + std::to_string(gpu) + " has not so much free memory", "");
    work.gpu = gpu;
    if (const int code = model.add_work(work); code != 0)
      return fail(ErrorCode::kDenied,
                  "GPU " + std::to_string(gpu) + " cannot be opened (NVML code " + std::to_string(code) + ")",
                  "nvstack virt status shows its state");
  }
  return std::string();
}

Result<std::string> run_module(Model& model, const ControlCaller&, const Words& words) {
  if (words.size() == 1 && (words[0] == "index" || words[0] == "build")) {  // depmod, dkms
    if (words[0] == "build" || model.module_files == ModuleFiles::kNotIndexed)
      model.module_files = ModuleFiles::kGood;
    model.machine_changed();
    return std::string();
  }
  if (words.size() != 2 || (words[0] != "load" && words[0] != "unload"))
    return fail(ErrorCode::kUsage, "module needs load or unload, and a name", "");
  TRY(words[0] == "load" ? model.load_module(words[1]) : model.unload_module(words[1]));
  return std::string();
}

Result<std::string> run_reset(Model& model, const ControlCaller&, const Words& words) {
  if (words.size() != 1) return fail(ErrorCode::kUsage, "reset needs a GPU", "");
  for (const std::size_t gpu : TRY(gpus_of(model, words[0])))
    if (model.reset(gpu) != 0)
      return fail(ErrorCode::kDenied, "GPU " + std::to_string(gpu) + " is in use",
                  "end the programs that hold it first");
  return std::string();
}

Result<std::string> run_time(Model& model, const ControlCaller&, const Words& words) {
  const auto speed = words.size() == 1 ? parse_double(words[0]) : std::nullopt;
  if (!speed || *speed < 0 || *speed > 100'000)
    return fail(ErrorCode::kUsage, "time needs how many seconds pass in one, from 0 to 100000", "time 60");
  model.set_speed(*speed);
  model.wake();
  return std::string();
}

Result<std::string> run_log(Model& model, const ControlCaller&, const Words&) {
  std::string text;
  for (const KernelLine& line : model.log().lines()) text += render_dmesg(line) + "\n";
  return text.size() > 50'000 ? text.substr(text.size() - 50'000) : text;
}

Result<std::string> run_vgpu(Model& model, const ControlCaller&, const Words& words) {
  if (!words.empty() && words[0] == "destroy") return destroy_vgpu(model, {words.begin() + 1, words.end()});
  if (!words.empty() && words[0] == "set") return set_vgpu(model, {words.begin() + 1, words.end()});
  if (words.size() < 3 || words[0] != "create")
    return fail(ErrorCode::kUsage, "vgpu needs create TYPE [VM], destroy VGPU, or set VGPU NAME VALUE",
                "nvstack virt vgpu create L40S-12Q --gpu 0");
  std::string made;
  for (const std::size_t gpu : TRY(gpus_of(model, words[1])))
    made += TRY(create_vgpu(model, gpu, {words.begin() + 2, words.end()}));
  return made;
}

Result<std::string> run_replay(Model& model, const ControlCaller&, const Words& words) {
  if (words.empty()) return fail(ErrorCode::kUsage, "replay needs a GPU and what it shows", "");
  for (const std::size_t gpu : TRY(gpus_of(model, words[0])))
    TRY(replay_values(model, gpu, {words.begin() + 1, words.end()}));
  return std::string();
}

struct ControlRow {
  std::string_view name;
  Result<std::string> (*run)(Model&, const ControlCaller&, const Words&);
};
constexpr ControlRow kRows[] = {{"fault", run_fault},   {"set", run_set},     {"load", run_load},
                                {"module", run_module}, {"reset", run_reset}, {"time", run_time},
                                {"log", run_log},       {"vgpu", run_vgpu},   {"replay", run_replay}};

}  // namespace

Result<std::string> control(Model& model, const ControlCaller& caller, const Words& words) {
  if (!words.empty())
    for (const ControlRow& row : kRows)
      if (row.name == words[0]) return row.run(model, caller, {words.begin() + 1, words.end()});
  return fail(ErrorCode::kUsage, "no such request to a virtual host", "nvstack virt --help");
}

std::vector<std::string> split_payload(std::string_view payload) {
  Words words;
  for (const std::string_view word : split(payload, '\0')) words.emplace_back(word);
  if (!words.empty() && words.back().empty()) words.pop_back();  // what follows the last NUL
  return words;
}

}  // namespace nvstack::virt
