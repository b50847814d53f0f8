// nvidia-smi vgpu: the table of running vGPUs, -q, and the lists of types.

#include "base/text.hpp"
#include "smi/clock.hpp"
#include "smi/commands.hpp"
#include "smi/format.hpp"
#include "smi/json_view.hpp"
#include "smi/options.hpp"
#include "smi/read.hpp"
#include "smi/vgpu.hpp"
#include "smi/words.hpp"

namespace nvstack::smi {

namespace {

/// One row of -q and -s: its title ends at column 42 wherever it begins.
std::string line(unsigned depth, const char* title, const std::string& value) {
  return format("%*s%-*s: ", static_cast<int>(4 * depth), "", static_cast<int>(42 - 4 * depth), title) +
         value + "\n";
}

std::string mib(unsigned long long bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

std::string heading(Board& board) {
  return "GPU " + log_text(read_pci(board, {.part = kBusId})) + "\n";
}

/// Longer names end in "...", as in the tables of the original.
std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

std::string type_text(const VgpuTypeRow& type) {
  std::string text = line(1, "vGPU Type ID", format("0x%x", type.id));
  text +=
      line(2, "Name", type.name) + line(2, "Class", type.kind) + line(2, "GPU Instance Profile ID", "N/A");
  text += line(2, "Max Instances", std::to_string(type.instances_max));
  text += line(2, "Max Instances Per VM", std::to_string(type.instances_per_vm)) +
          line(2, "Max Instances Per GI", "N/A");
  text += line(2, "FB Memory", mib(type.framebuffer_bytes)) +
          line(2, "Display Heads", std::to_string(type.heads));
  text += line(2, "Maximum X Resolution", std::to_string(type.width)) +
          line(2, "Maximum Y Resolution", std::to_string(type.height));
  text += line(2, "Frame Rate Limit", std::to_string(type.frame_limit) + " FPS");
  return text + line(2, "GRID License", type.license);
}

std::string streams_text(const char* title, const VgpuStreams& streams) {
  return format("        %s\n", title) + line(3, "Active Sessions", std::to_string(streams.sessions)) +
         line(3, "Average FPS", std::to_string(streams.fps)) +
         line(3, "Average Latency", std::to_string(streams.latency_us));
}

/// The rows and their order are those of a host of driver 525, with the placement of later ones.
std::string vgpu_text(const VgpuRow& row, const std::string& accounted_max) {
  std::string text = line(1, "vGPU ID", std::to_string(row.id));
  text += line(2, "VM UUID", row.vm) + line(2, "VM Name", "N/A") + line(2, "vGPU Name", row.type.name);
  text += line(2, "vGPU Type", std::to_string(row.type.id)) + line(2, "vGPU UUID", row.uuid);
  if (!row.mdev.empty()) text += line(2, "MDEV UUID", row.mdev);
  text += line(2, "Guest Driver Version", row.guest_driver == "Not Available" ? "N/A" : row.guest_driver);
  text += line(2, "License Status", row.license + " (Expiry: N/A)") + line(2, "GPU Instance ID", "N/A") +
          line(2, "Placement ID", "N/A");
  text += line(2, "Accounting Mode", row.accounting) + line(2, "ECC Mode", row.ecc);
  text += line(2, "Accounting Buffer Size", accounted_max) + line(2, "Frame Rate Limit", row.frame_limit);
  text += "        PCI\n" + line(3, "Bus Id", row.bus_id) + "        FB Memory Usage\n";
  const auto total = row.type.framebuffer_bytes;
  text += line(3, "Total", mib(total)) + line(3, "Used", mib(row.used_bytes)) +
          line(3, "Free", mib(total > row.used_bytes ? total - row.used_bytes : 0));
  const auto percent = [](unsigned value) { return std::to_string(value) + " %"; };
  text += "        Utilization\n" + line(3, "Gpu", percent(row.sm_percent)) +
          line(3, "Memory", percent(row.memory_percent));
  text += line(3, "Encoder", percent(row.encoder_percent)) + line(3, "Decoder", percent(row.decoder_percent));
  return text + streams_text("Encoder Stats", row.encoder) + streams_text("FBC Stats", row.capture);
}

std::string types_text(Board& board, VgpuList list, bool all, const std::vector<VgpuTypeRow>& types) {
  std::string text = heading(board);
  for (const VgpuTypeRow& type : types) text += all ? type_text(type) : "    " + type.name + "\n";
  if (types.empty())
    text += list == VgpuList::kCreatable ? "    No creatable vGPU types\n" : "    No supported vGPU types\n";
  return text;
}

Json vgpu_json(Target& target, const std::vector<VgpuRow>& vgpus, const std::vector<VgpuTypeRow>& types) {
  Json active = Json::array(), listed = Json::array();
  for (const VgpuRow& row : vgpus) {
    Json json;
    json.set("id", row.id).set("uuid", row.uuid).set("vm", row.vm).set("type", row.type.name);
    active.add(json.set("used_bytes", std::uint64_t{row.used_bytes}).set("sm_percent", row.sm_percent));
  }
  for (const VgpuTypeRow& type : types) {
    Json json;
    listed.add(json.set("id", type.id).set("name", type.name).set("instances_max", type.instances_max));
  }
  Json gpu = json_of_gpu(target);
  gpu.set("active_vgpus", std::move(active));
  return gpu.set("types", std::move(listed));
}

std::string table_rows(Board& board, const std::vector<VgpuRow>& vgpus) {
  const auto name = board.text("nvmlDeviceGetName");
  const auto utilization = board.utilization();
  std::string text =
      format("| %3u  %-26s | %-28s | %3s%%       |\n", board.index, shortened(name.value, 25).c_str(),
             log_text(read_pci(board, {.part = kBusId})).c_str(),
             utilization.ok() ? std::to_string(utilization.value.gpu).c_str() : "N/A");
  for (const VgpuRow& row : vgpus)
    text += format("|      %-10u  %-14s | %-7s  %-19s | %6u%%    |\n", row.id,
                   shortened(row.type.name, 14).c_str(), shortened(row.vm, 7).c_str(), "N/A", row.sm_percent);
  return text;
}

std::string render_table(CommandContext& context, const std::string& rows) {
  const std::string& version = context.system.driver_version();
  constexpr const char* kRule =
      "+---------------------------------+------------------------------+------------+\n";
  return log_time(now()) +
         "       \n+-----------------------------------------------------------------------------+\n" +
         format("| NVIDIA-SMI %-22s Driver Version: %-25s |\n", version.c_str(), version.c_str()) +
         "|---------------------------------+------------------------------+------------+\n"
         "| GPU  Name                       | Bus-Id                       | GPU-Util   |\n"
         "|      vGPU ID     Name           | VM ID     VM Name            | vGPU-Util  |\n"
         "|=================================+==============================+============|\n" +
         rows + kRule;
}

}  // namespace

int run_vgpu(CommandContext& context) {
  constexpr WordRow kRows[] = {{"-i", "--id", true},
                               {"-q", "--query", false},
                               {"-s", "--supported", false},
                               {"-c", "--creatable", false},
                               {"-v", "--verbose", false}};
  std::string problem, text;
  const auto words = Words::parse(context.words, kRows, problem);
  if (!words) return context.refuse(problem, kUsageExitCode);
  const bool lists = words->has("-s") || words->has("-c");
  const VgpuList list = words->has("-c") ? VgpuList::kCreatable : VgpuList::kSupported;
  bool any = false;
  Json gpus = Json::array();
  for (Target& target : find_targets(context.system, words->value("-i"))) {
    if (!target.board) continue;
    Board& board = *target.board;
    const auto types = lists ? read_vgpu_types(board, list) : Answer<std::vector<VgpuTypeRow>>{};
    const auto vgpus = lists ? Answer<std::vector<VgpuRow>>{} : read_vgpus(board);
    if (!types.ok() && !vgpus.ok()) continue;
    any = true;
    if (context.json) {
      gpus.add(vgpu_json(target, vgpus.value, types.value));
    } else if (lists) {
      text += types_text(board, list, words->has("-v"), types.value);
    } else if (words->has("-q")) {
      text += heading(board) + line(1, "Active vGPUs", std::to_string(vgpus.value.size()));
      const auto accounted = board.number("nvmlDeviceGetAccountingBufferSize");
      for (const VgpuRow& row : vgpus.value)
        text += vgpu_text(row, accounted.ok() ? std::to_string(accounted.value) : "N/A");
      text += "\n";
    } else {
      text += table_rows(board, vgpus.value);
    }
  }
  if (context.json) {
    Json json;
    context.out(json.set("gpus", std::move(gpus)).dump(2) + "\n");
    return 0;
  }
  if (!any) return context.refuse("No supported devices in vGPU mode", NVML_ERROR_NOT_FOUND);
  context.out(lists || words->has("-q") ? text : render_table(context, text));
  return 0;
}

}  // namespace nvstack::smi
