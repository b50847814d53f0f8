#include "virt/scenario.hpp"
