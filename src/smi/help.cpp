#include "smi/help.hpp"

#include <algorithm>

namespace nvstack::smi {

namespace {

constexpr const char* kQueryHelp = R"(
    -h,   --help                Print this text.
          --version             Print the versions of program, library, driver and CUDA.

  LIST OPTIONS:

    -L,   --list-gpus           The GPUs of this machine, one a line.
    -B,   --list-excluded-gpus  The GPUs that the driver leaves alone.

  SUMMARY OPTIONS:

    <no arguments>              A table of the GPUs and their processes.
    -col, --columns             The same.

    [plus any of]

    -i,   --id=                 Only these GPUs: index, UUID, bus id or serial, with commas.
    -f,   --filename=           Write to a file.
    -l,   --loop=               Again every so many seconds (5), until Ctrl+C.
    -lms, --loop-ms=            Again every so many milliseconds.

  QUERY OPTIONS:

    -q,   --query               Everything about the GPUs.

    [plus any of]

    -u,   --unit                Units instead of GPUs.
    -i, -f, -l, -lms            As above.
    -x,   --xml-format          As XML.
          --dtd                 With the document type in the XML.
    -d,   --display=            Only these parts, with commas: MEMORY, UTILIZATION, ECC,
                                TEMPERATURE, POWER, CLOCK, COMPUTE, PIDS, PERFORMANCE,
                                SUPPORTED_CLOCKS, PAGE_RETIREMENT, ACCOUNTING,
                                ENCODER_STATS, SUPPORTED_GPU_TARGET_TEMP, VOLTAGE,
                                FBC_STATS, ROW_REMAPPER, GSP_FIRMWARE_VERSION,
                                POWER_SMOOTHING, POWER_PROFILES. POWER, UTILIZATION
                                and CLOCK add samples. Not with -u or -x.

  SELECTIVE QUERY OPTIONS:

    [one of]

    --query-gpu=                Fields of the GPUs; --help-query-gpu lists them.
    --query-supported-clocks=   Clocks; --help-query-supported-clocks.
    --query-compute-apps=       Processes that compute; --help-query-compute-apps.
    --query-accounted-apps=     Processes that accounting kept; --help-query-accounted-apps.
    --query-retired-pages=      Retired pages; --help-query-retired-pages.
    --query-remapped-rows=      Remapped rows; --help-query-remapped-rows.

    [mandatory]

    --format=                   csv, and with commas: noheader (no line of titles),
                                nounits (numbers without units).

    [plus any of]

    -i, -f, -l, -lms            As above.
)";

constexpr const char* kSettingHelp = R"(
  DEVICE MODIFICATION OPTIONS:

    [any one of]

    -pm,  --persistence-mode=   Persistence mode: 0/DISABLED, 1/ENABLED
    -e,   --ecc-config=         ECC: 0/DISABLED, 1/ENABLED
    -p,   --reset-ecc-errors=   Set ECC counts to zero: 0/VOLATILE, 1/AGGREGATE
    -c,   --compute-mode=       0/DEFAULT, 1/EXCLUSIVE_THREAD (deprecated), 2/PROHIBITED,
                                3/EXCLUSIVE_PROCESS
          --gom=                GPU operation mode: 0/ALL_ON, 1/COMPUTE, 2/LOW_DP
    -r    --gpu-reset           Reset the GPU; "bus" for a bus reset.
    -vm   --virt-mode=          Virtualization mode: 3/VGPU, 4/VSGA
    -lgc  --lock-gpu-clocks=    MIN,MAX or one clock in MHz; --mode= chooses 0 or 1.
    -rgc  --reset-gpu-clocks    Graphics clocks as they were.
    -lmci --lock-memory-clocks-info=  Whether memory clocks can be locked.
    -lmc  --lock-memory-clocks=  MIN,MAX or one clock in MHz.
    -rmc  --reset-memory-clocks  Memory clocks as they were.
    -lmcd --lock-memory-clocks-deferred=  From the next load of the driver.
    -rmcd --reset-memory-clocks-deferred
    -ac   --applications-clocks=  MEMORY,GRAPHICS in MHz.
    -rac  --reset-applications-clocks
    -svfd --set-vf-derate=      Lower the graphics clock by so many MHz (Rubin and later).
    -gvfd --get-vf-derate-info
    -pl   --power-limit=        Power limit in watts; --scope= 0/GPU, 1/TOTAL_MODULE.
    -cc   --cuda-clocks=        0/RESTORE_DEFAULT, 1/OVERRIDE
    -am   --accounting-mode=    0/DISABLED, 1/ENABLED
    -caa  --clear-accounted-apps
          --auto-boost-default=     0/DISABLED, 1/ENABLED
          --auto-boost-permission=  0/UNRESTRICTED, 1/RESTRICTED
    -mig  --multi-instance-gpu=  0/DISABLED, 1/ENABLED
    -gtt  --gpu-target-temp=    Target temperature in degrees Celsius.
    -den, --dram-encryption=    0/DISABLED, 1/ENABLED
          --set-hostname=       Store a host name in the GPU.
          --get-hostname

   [plus optional]

    -i,   --id=                 Only these GPUs.
    -eow, --error-on-warning    An exit code that is not zero for warnings.

  SHOW DTD OPTIONS:

          --dtd                 Print the document type of -x.

  ADDED BY NVSTACK:

          --compat=             Output as the driver branch 470 ... 610 writes it.
          --json                Every view as JSON.
          --diagnose            With a driver that fails: why, and what to do.
          --explain             The default table, and each of its cells in words.
)";

}  // namespace

std::string render_main_help(const Compat&) {
  std::string text =
      "NVIDIA System Management Interface -- nvstack\n\nnvidia-smi [OPTION1 [ARG1]] [OPTION2 [ARG2]] ...\n";
  text += kQueryHelp;
  text += kSettingHelp;
  text += "\n  SUBCOMMANDS:\n\n";
  for (const SubcommandRow& row : subcommands()) {
    std::string name = "    " + std::string(row.name);
    name.resize(std::max<std::size_t>(name.size() + 1, 32), ' ');
    text += name + row.about + "\n";
  }
  return text + "\n  \"nvidia-smi SUBCOMMAND -h\" says more.\n";
}

std::string render_subcommand_help(const SubcommandRow& row) {
  return "\n    " + std::string(row.name) + " -- " + row.about + "\n\n    Usage: nvidia-smi " + row.name +
         " [options]\n\n" + row.help + "\n";
}

}  // namespace nvstack::smi
