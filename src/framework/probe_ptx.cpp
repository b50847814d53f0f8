#include "framework/cuda_verify.hpp"

namespace nvstack::framework {

namespace {

/// The newest GPU of the tables that is not newer than this one: a GPU from the future runs its PTX.
const ComputeRow* target_of(const CodeTable& codes, const Capability& gpu,
                            const std::optional<Version>& isa) {
  const ComputeRow* best = nullptr;
  for (const ComputeRow& row : codes.compute()) {
    const bool fits = row.capability <= gpu && (!isa || row.first_ptx <= *isa);
    if (fits && (!best || row.capability > best->capability)) best = &row;
  }
  return best;
}

}  // namespace

std::string probe_ptx(const Tables& tables, int driver_cuda, int major, int minor) {
  const auto cuda =
      parse_version(std::to_string(driver_cuda / 1000) + "." + std::to_string(driver_cuda % 1000 / 10));
  const auto isa = cuda ? tables.cuda->ptx_of_cuda(*cuda) : std::nullopt;
  const Capability gpu{static_cast<unsigned>(major), static_cast<unsigned>(minor)};
  const ComputeRow* row = target_of(*tables.codes, gpu, isa);
  const std::string version = row ? row->first_ptx.text : "6.0",
                    target = row ? row->capability.sm() : gpu.sm();
  return ".version " + version + "\n.target " + target +
         "\n.address_size 64\n"
         ".visible .entry nvstack_probe(.param .u64 words)\n"
         "{\n"
         "  .reg .b32 %r<3>;\n"
         "  .reg .b64 %rd<4>;\n"
         "  ld.param.u64 %rd1, [words];\n"
         "  cvta.to.global.u64 %rd1, %rd1;\n"
         "  mov.u32 %r1, %tid.x;\n"
         "  mad.lo.s32 %r2, %r1, 3, 1;\n"
         "  mul.wide.u32 %rd2, %r1, 4;\n"
         "  add.s64 %rd3, %rd1, %rd2;\n"
         "  st.global.u32 [%rd3], %r2;\n"
         "  ret;\n"
         "}\n";
}

}  // namespace nvstack::framework
