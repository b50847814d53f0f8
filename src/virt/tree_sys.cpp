#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

Tree render_sys(const Machine&) {
  return {};
}

}  // namespace nvstack::virt
