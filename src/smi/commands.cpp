#include "smi/commands.hpp"

#include <algorithm>

namespace nvstack::smi {

namespace {

constexpr const char* kMonitorHelp =
    "    -i, --id        GPUs, with commas\n    -d, --delay     seconds between lines, 1 to 1000\n"
    "    -c, --count     lines, then end\n    -s, --select    metrics, a letter each\n"
    "    -o, --options   D: with the date, T: with the time\n    --format        csv, noheader, nounit\n";
constexpr const char* kIdHelp = "    -i, --id        GPUs, with commas\n";

constexpr SubcommandRow kRows[] = {
    {"dmon", "One line a GPU, again and again; metrics p u c v m e t n.", kMonitorHelp, run_dmon},
    {"daemon", "Monitoring in the background (not available).", "", run_unsupported},
    {"replay", "What the daemon kept (not available).", "", run_unsupported},
    {"pmon", "One line a process, again and again; metrics u m.", kMonitorHelp, run_pmon},
    {"topo", "How GPUs and network cards are connected.",
     "    -m              matrix\n    -mp             matrix without NVLink\n    -i, --id        GPUs, with "
     "commas\n"
     "    -c CPU          GPUs near a processor\n    -n LEVEL        nearest GPUs, level 0 to 5\n"
     "    -p              path between the two GPUs of -i\n    -p2p r|w|n|a|p  peer to peer: read, write, "
     "NVLink, "
     "atomics, PCI\n",
     run_topo},
    {"drain", "Drain states of GPUs.",
     "    -p BUSID        the GPU\n    -m 0|1          leave or enter the drain state\n    -q              "
     "query it\n"
     "    -r              remove the GPU\n",
     run_drain, " -m --modify -r --remove "},
    {"nvlink", "NVLinks of GPUs.",
     "    -i, --id        GPUs, with commas\n    -l, --link      one link\n    -s              state and "
     "speed\n"
     "    -c              capabilities\n    -p              what is at the other end\n    -R              "
     "and its link\n"
     "    -gt d|r         data that passed: d payload, r with overhead\n    -e              errors\n"
     "    -re             set errors to zero\n",
     run_nvlink, " -re --reseterrorcounters "},
    {"c2c", "Chip-to-chip links.", "    -s              status\n", run_c2c},
    {"clocks", "Clocks of GPUs.", kIdHelp, run_clocks},
    {"encodersessions", "Video encoder sessions.", kIdHelp, run_encoder_sessions},
    {"fbcsessions", "Frame buffer capture sessions.", kIdHelp, run_fbc_sessions},
    {"vgpu", "vGPUs of a vGPU host.",
     "    -i, --id        GPUs, with commas\n    -q              all about each vGPU\n    -s              "
     "the types that a GPU supports\n"
     "    -c              the types that can be made now\n    -v              with -s and -c: all about each "
     "type\n",
     run_vgpu},
    {"mig", "Parts of a GPU.",
     "    -i, --id        GPUs, with commas\n    -gi, -ci        instances, with commas\n"
     "    -lgip -lgipp    profiles and placements of GPU instances\n    -lgi            GPU instances\n"
     "    -cgi P[,P]      create GPU instances, PROFILE or PROFILE:START; -C with their compute instances\n"
     "    -dgi            destroy GPU instances\n    -lcip -lci      profiles and compute instances\n"
     "    -cci P[,P]      create compute instances\n    -dci            destroy compute instances\n",
     run_mig,
     " -cgi --create-gpu-instance -dgi --destroy-gpu-instance -cci --create-compute-instance -dci "
     "--destroy-compute-instance "},
    {"compute-policy", "Compute policies (not available).", "", run_unsupported},
    {"boost-slider", "Boost sliders (not available).", "", run_unsupported},
    {"power-hint", "Estimated power use (not available).", "", run_unsupported},
    {"base-clocks", "Base clocks of GPUs.", kIdHelp, run_base_clocks},
    {"event-log", "Events since the driver was loaded (not available).", "", run_unsupported},
    {"cper", "CPER events since the driver was loaded (not available).", "", run_unsupported},
    {"conf-compute", "Confidential computing.",
     "    -f              whether it is on\n    -e              environment\n"
     "    -grs            whether GPUs accept work\n",
     run_conf_compute},
    {"gpm", "Performance monitoring.",
     "    -g              whether streaming is on\n    -s 0|1          switch it\n", run_gpm,
     " -s --set-stream-state -set "},
    {"pci", "PCI errors and counters.", kIdHelp, run_pci},
    {"power-smoothing", "Power smoothing.", kIdHelp, run_power_smoothing},
    {"power-profiles", "Workload power profiles.", kIdHelp, run_power_profiles},
    {"rusd", "Settings of the shared data buffer (not available).", "", run_unsupported},
    {"prm", "PRM registers (not available).", "", run_unsupported},
    {"soc", "Metrics of a system on chip (not available).", "", run_unsupported},
};

}  // namespace

std::span<const SubcommandRow> subcommands() {
  return kRows;
}

const SubcommandRow* find_subcommand(std::string_view name) {
  for (const SubcommandRow& row : kRows)
    if (name == row.name) return &row;
  return nullptr;
}

bool changes_something(const SubcommandRow& row, const std::vector<std::string>& words) {
  const std::string changing = row.changing;
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return changing.find(" " + word.substr(0, word.find('=')) + " ") != std::string::npos;
  });
}

int run_unsupported(CommandContext& context) {
  return context.refuse("This subcommand needs a part of the driver that has no public interface.",
                        NVML_ERROR_NOT_SUPPORTED);
}

}  // namespace nvstack::smi
