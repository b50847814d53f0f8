// Libraries of the driver API: an image that belongs to no context, and the kernels named in it.
#pragma once

#include "virtcuda/module.hpp"

namespace nvstack::virtcuda {

/// The modules that libraries made in a context are gone with it.
void forget_library_modules(CUcontext context);

}  // namespace nvstack::virtcuda
