#include "framework/cuda_needs.hpp"

#include <algorithm>

#include "base/message.hpp"
#include "base/text.hpp"

namespace nvstack::framework {

namespace {

struct Soname {
  std::string stem;    // "libcudart.so"
  std::string number;  // "12", "11.0", "" none
};

Soname parts_of(const std::string& soname) {
  const std::size_t at = soname.find(".so");
  if (at == std::string::npos) return {soname, ""};
  return {soname.substr(0, at + 3), soname.size() > at + 4 ? soname.substr(at + 4) : ""};
}

/// The CUDA that a soname stands for: its own number for most libraries; cuFFT 11 and cuRAND 10 count apart.
std::optional<Version> cuda_of_soname(const Soname& soname) {
  for (const std::string_view own : {"libcudart.so", "libcublas.so", "libcublasLt.so", "libnvrtc.so",
                                     "libnvJitLink.so", "libnvjpeg.so", "libcupti.so", "libnppc.so"})
    if (soname.stem == own) return parse_version(soname.number);
  return std::nullopt;
}

/// The toolkit for package names that carry a minor: up to CUDA 10 the soname names the very release
/// ("10.1"), since 11 the major alone ("11.0" serves all of 11), of which the newest is taken.
std::optional<Version> release_of(const CudaTable& cuda, const Version& named) {
  std::optional<Version> best;
  for (const Version& one : cuda.toolkits()) {
    if (one.branch() != named.branch()) continue;
    if (one == named && named.branch() < 11) return one;
    best = one;
  }
  return best;
}

std::string filled(std::string_view pattern, const std::optional<Version>& cuda, const std::string& number) {
  std::string out(pattern);
  const std::string major = cuda ? std::to_string(cuda->branch()) : "MAJOR";
  const std::string minor = cuda && cuda->parts.size() > 1 ? std::to_string(cuda->parts[1]) : "MINOR";
  out = replace_all(replace_all(out, "{major}", major), "{minor}", minor);
  out = replace_all(out, "{version}", number.substr(0, number.find('.')));
  return replace_all(out, "{wheel}", cuda && cuda->branch() < 13 ? "-cu" + major : "");
}

}  // namespace

CudaNeeds find_needs(const std::vector<std::string>& needed, const catalog::Catalog& catalog,
                     const CudaTable& cuda) {
  CudaNeeds out;
  std::optional<Version> named;
  for (const std::string& soname : needed)
    if (!named) named = cuda_of_soname(parts_of(soname));
  if (named) out.cuda_major = named->branch();
  const std::optional<Version> release = named ? release_of(cuda, *named) : std::nullopt;
  if (release) out.floor_driver = cuda.floor_driver(*release, DriverKind::kLinux);
  const auto table = catalog.table("cuda_libraries.tsv");
  for (std::size_t i = 0; table && i < needed.size(); ++i) {
    const Soname soname = parts_of(needed[i]);
    for (std::size_t row = 0; row < (*table)->size(); ++row) {
      const catalog::Row cells = (*table)->row(row);
      if (!glob_match(cells["soname"], soname.stem)) continue;
      const bool known = std::any_of(out.needs.begin(), out.needs.end(),
                                     [&](const CudaNeed& need) { return need.soname == needed[i]; });
      if (known) break;
      CudaNeed need{needed[i],
                    "",
                    filled(cells["package"], release, soname.number),
                    filled(cells["wheel"], release, soname.number),
                    std::string(cells["conda"]),
                    false};
      need.of_driver = cells["package"].empty() && cells["wheel"].empty();
      out.needs.push_back(std::move(need));
      break;
    }
  }
  return out;
}

Json needs_json(const CudaNeeds& needs, const std::string& program) {
  Json list = Json::array();
  for (const CudaNeed& need : needs.needs)
    list.add(Json::object()
                 .set("soname", need.soname)
                 .set("found", need.found)
                 .set("package", need.package)
                 .set("wheel", need.wheel)
                 .set("conda", need.conda)
                 .set("of_driver", need.of_driver));
  Json json = Json::object();
  json.set("program", program).set("needs", std::move(list));
  json.set("cuda_major", needs.cuda_major ? Json(*needs.cuda_major) : Json());
  json.set("floor_driver", needs.floor_driver ? Json(needs.floor_driver->text) : Json());
  return json;
}

std::string render_needs(const CudaNeeds& needs, const std::string& program, std::size_t columns) {
  if (needs.needs.empty())
    return wrap(render({N_("{program} asks for no CUDA library by name. It may load some while it runs, as "
                           "Python programs do, or have CUDA built in."),
                        {{"program", program}}}),
                columns, 0) +
           "\n";
  std::string out;
  for (const CudaNeed& need : needs.needs) {
    std::string soname = need.soname;
    soname.resize(std::max<std::size_t>(24, soname.size() + 1), ' ');
    out +=
        soname + (need.of_driver ? translate(N_("the driver brings it"))
                                 : need.package + (need.wheel.empty() ? "" : "  (pip: " + need.wheel + ")"));
    out += "  " + (need.found.empty() ? translate(N_("not found here")) : need.found) + "\n";
  }
  if (needs.floor_driver)
    out += wrap(render({N_("Built with CUDA {major}: driver {floor} or newer runs it. The runtime packages "
                           "above are enough; the toolkit is not needed."),
                        {{"major", std::to_string(*needs.cuda_major)}, {"floor", needs.floor_driver->text}}}),
                columns, 0) +
           "\n";
  return out;
}

}  // namespace nvstack::framework
