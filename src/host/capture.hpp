// Captured machines on disk: a folder or tar (.tar, .tar.gz, .tar.zst) with root/, index.json, commands.json
// and nvml.json, or a folder with machine.txt, the same as one text that people write
// (docs/formats/machine-text.md).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "host/image.hpp"

namespace nvstack::host {

/// Reads any of the three forms. A name that leaves the capture ("../", "/etc"), a device node or a hard link
/// in a tar is an Error: such an archive was not made by `nvstack capture`.
Result<MachineImage> load_capture(const std::string& path);

/// The tar form from memory.
Result<MachineImage> parse_capture(std::string_view bytes);

/// The bytes of a tar that load_capture accepts; `name` decides the compression.
Result<std::string> render_capture(const MachineImage& image, const std::string& name);

/// Parses machine.txt. `load_part` gives the text of an included part by its plain name.
Result<MachineImage> parse_machine_text(
    std::string_view text, const std::function<Result<std::string>(const std::string&)>& load_part);

}  // namespace nvstack::host
