// JSON of the topics about kernel modules: loaded and installed ones, their settings, DKMS, boot images.
#include "facts/topic_json.hpp"

namespace nvstack::facts {

namespace {

std::string_view verb_name(ModprobeVerb verb) {
  switch (verb) {
    case ModprobeVerb::kBlacklist: return "blacklist";
    case ModprobeVerb::kInstall: return "install";
    case ModprobeVerb::kRemove: return "remove";
    case ModprobeVerb::kOptions: return "options";
    case ModprobeVerb::kAlias: return "alias";
    case ModprobeVerb::kSoftdep: return "softdep";
  }
  return "";
}

std::string_view state_name(DkmsState state) {
  switch (state) {
    case DkmsState::kAdded: return "added";
    case DkmsState::kBuilt: return "built";
    case DkmsState::kInstalled: return "installed";
    case DkmsState::kBroken: return "broken";
  }
  return "";
}

Json flavor_json(const std::optional<catalog::Flavor>& flavor) {
  return flavor ? Json(catalog::flavor_name(*flavor)) : Json();
}

Json optional_error_json(const std::optional<Error>& error) {
  return error ? error_json(*error) : Json();
}

Json loaded_json(const LoadedModule& module) {
  return Json::object()
      .set("name", module.name)
      .set("use_count", module.use_count)
      .set("used_by", module.used_by)
      .set("state", module.state)
      .set("version", module.version)
      .set("taint", module.taint);
}

Json file_json(const ModuleFile& file) {
  return Json::object()
      .set("kernel", file.kernel)
      .set("path", file.path)
      .set("name", file.name)
      .set("module_name", file.module_name)
      .set("version", file.version)
      .set("license", file.license)
      .set("vermagic", file.vermagic)
      .set("firmware", file.firmware)
      .set("aliases", file.aliases)
      .set("is_signed", file.is_signed)
      .set("signer", file.signer)
      .set("flavor", flavor_json(file.flavor))
      .set("error", optional_error_json(file.error));
}

Json proc_gpu_json(const ProcGpu& gpu) {
  return Json::object()
      .set("bdf", gpu.bdf)
      .set("model", gpu.model)
      .set("uuid", gpu.uuid)
      .set("video_bios", gpu.video_bios)
      .set("firmware", gpu.firmware)
      .set("minor", gpu.minor)
      .set("excluded", gpu.excluded);
}

Json driver_version_json(const std::optional<DriverVersion>& version) {
  if (!version) return {};
  return Json::object()
      .set("line", version->line)
      .set("version", version->version.text)
      .set("flavor", catalog::flavor_name(version->flavor))
      .set("compiler", version->compiler);
}

Json modprobe_line_json(const ModprobeLine& line) {
  return Json::object()
      .set("verb", verb_name(line.verb))
      .set("module", line.module)
      .set("argument", line.argument)
      .set("file", line.file)
      .set("line", line.line)
      .set("verbatim", line.verbatim);
}

Json image_json(const Initramfs& image) {
  return Json::object()
      .set("kernel", image.kernel)
      .set("path", image.path)
      .set("nvidia_modules", image.nvidia_modules)
      .set("firmware", image.firmware)
      .set("modprobe_files", image.modprobe_files)
      .set("has_nouveau", image.has_nouveau)
      .set("error", optional_error_json(image.error));
}

Json dkms_module_json(const DkmsModule& module) {
  return Json::object()
      .set("name", module.name)
      .set("version", module.version)
      .set("kernel", module.kernel)
      .set("arch", module.arch)
      .set("state", state_name(module.state))
      .set("detail", module.detail);
}

Json dkms_failure_json(const DkmsFailure& failure) {
  return Json::object()
      .set("name", failure.name)
      .set("version", failure.version)
      .set("path", failure.path)
      .set("kernel", failure.kernel)
      .set("log", log_end(failure.log));
}

}  // namespace

Json topic_json(const Modules& modules) {
  return Json::object()
      .set("loaded", array_of(modules.loaded, loaded_json))
      .set("files", array_of(modules.files, file_json))
      .set("out_of_index", modules.out_of_index);
}

Json topic_json(const ProcDriver& driver) {
  Json parameters = Json::object();
  for (const auto& [name, value] : driver.parameters) parameters.set(name, value);
  return Json::object()
      .set("loaded", driver.loaded)
      .set("version", driver_version_json(driver.version))
      .set("gpus", array_of(driver.gpus, proc_gpu_json))
      .set("parameters", std::move(parameters));
}

Json topic_json(const Modprobe& modprobe) {
  return Json::object()
      .set("lines", array_of(modprobe.lines, modprobe_line_json))
      .set("unreadable", array_of(modprobe.unreadable, error_json));
}

Json topic_json(const std::vector<Initramfs>& images) {
  return Json::object().set("images", array_of(images, image_json));
}

Json topic_json(const Dkms& dkms) {
  return Json::object()
      .set("present", dkms.present)
      .set("modules", array_of(dkms.modules, dkms_module_json))
      .set("failures", array_of(dkms.failures, dkms_failure_json))
      .set("kernels_without_headers", dkms.kernels_without_headers);
}

}  // namespace nvstack::facts
