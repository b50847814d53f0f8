// Machine is what a command looks at: a Host and someone to ask for NVML, whichever machine the options name.
#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.hpp"
#include "cli/command.hpp"
#include "host/host.hpp"
#include "nvml/snapshot.hpp"

namespace nvstack::cli {

struct Machine {
  std::string name;  // "this machine", or the capture's path
  std::unique_ptr<host::Host> host;
  std::unique_ptr<nvml::Source> nvml;
};

/// The live machine, --root DIR, or one capture.
Result<Machine> open_machine(const MachineOptions& options);
Result<Machine> open_capture(const std::string& path);

/// The tables with their overrides: --data DIR, else /usr/share/nvstack/data; --supported-gpus FILE.
Result<catalog::Catalog> open_catalog(const MachineOptions& options);

/// A bounded read of a file named on the command line; "-" is standard input. Gzip, xz and zstd are unpacked.
/// A longer text is cut to its last `bytes_max`; `cut` says so.
Result<std::string> read_argument_file(const std::string& path, std::size_t bytes_max, bool& cut);

}  // namespace nvstack::cli
