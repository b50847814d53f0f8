// nvidia-persistenced, the drop-in.
#include "persist/persistenced.hpp"

int main(int argc, char** argv) {
  return nvstack::persist::persistenced_main(argc, argv);
}
