# The libraries of the virtual GPU host, below lib/virt: never in the loader's path. libnvidia-ml.so.1 exists once for
# each driver branch, the same objects linked with that branch's export map: a name that a branch lacks is not there.
# They run in programs that are not ours: no libstdc++ to find at run time, nothing exported but the map's names.
function(nvstack_virtual_library target objects map folder name)
  add_library(${target} SHARED $<TARGET_OBJECTS:${objects}>)
  target_link_libraries(${target} PRIVATE nvstack_channel)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,-z,now -Wl,--gc-sections -Wl,-Bsymbolic-functions
    "-Wl,--version-script=${map}" "-Wl,--exclude-libs,ALL")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} SUFFIX ".so.1" NO_SONAME TRUE
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/virt/${folder} LINK_DEPENDS ${map})
  target_link_options(${target} PRIVATE "-Wl,-soname,lib${name}.so.1")
endfunction()

function(nvstack_virtual_objects module)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${module}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  add_library(${module}_objects OBJECT ${sources})
  target_link_libraries(${module}_objects PUBLIC nvstack_abi nvstack_channel)
  target_compile_options(${module}_objects PRIVATE -ffunction-sections -fdata-sections -fno-exceptions)
  set_target_properties(${module}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(tests)
    add_executable(${module}_test ${tests} $<TARGET_OBJECTS:${module}_objects> $<TARGET_OBJECTS:doctest_main>)
    target_link_libraries(${module}_test PRIVATE nvstack_abi nvstack_channel nvstack_virt)
    target_compile_definitions(${module}_test PRIVATE DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
    target_include_directories(${module}_test SYSTEM PRIVATE /usr/include/doctest)
    set_target_properties(${module}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
    add_test(NAME unit.${module} COMMAND ${module}_test)
    set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "NVSTACK_SOURCE=${CMAKE_SOURCE_DIR}")
  endif()
endfunction()

nvstack_virtual_objects(virtml)
add_dependencies(virtml_objects nvstack_abi_files)
foreach(branch ${NVSTACK_BRANCHES_LIST})
  nvstack_virtual_library(nvidia_ml_${branch} virtml_objects ${NVSTACK_ABI_DIR}/nvml-${branch}.map ${branch} nvidia-ml)
endforeach()

# One libcuda.so.1 and one libnvidia-cfg.so.1 for all branches: the CUDA version that they answer is the driver's.
nvstack_virtual_objects(virtcuda)
# CUDA 13 packs the PTX in fat binaries with zstd. Linked statically; without it such PTX is refused by name.
find_path(NVSTACK_ZSTD_INCLUDE zstd.h)
find_library(NVSTACK_ZSTD_LIBRARY libzstd.a)
if(NVSTACK_ZSTD_INCLUDE AND NVSTACK_ZSTD_LIBRARY)
  target_compile_definitions(virtcuda_objects PRIVATE NVSTACK_ZSTD)
  target_include_directories(virtcuda_objects SYSTEM PRIVATE ${NVSTACK_ZSTD_INCLUDE})
  target_link_libraries(virtcuda_test PRIVATE ${NVSTACK_ZSTD_LIBRARY})
endif()
nvstack_virtual_library(virtual_cuda virtcuda_objects ${CMAKE_CURRENT_SOURCE_DIR}/virtcuda/libcuda.map common cuda)
if(NVSTACK_ZSTD_LIBRARY)
  target_link_libraries(virtual_cuda PRIVATE ${NVSTACK_ZSTD_LIBRARY})
endif()
# The other library is one file of the module.
add_library(virtcuda_configuration OBJECT virtcuda/configuration.cpp)
target_link_libraries(virtcuda_configuration PUBLIC nvstack_abi nvstack_channel)
target_compile_options(virtcuda_configuration PRIVATE -ffunction-sections -fdata-sections -fno-exceptions)
set_target_properties(virtcuda_configuration PROPERTIES POSITION_INDEPENDENT_CODE ON)
nvstack_virtual_library(virtual_nvidia_cfg virtcuda_configuration ${CMAKE_CURRENT_SOURCE_DIR}/virtcuda/libnvidia-cfg.map common nvidia-cfg)
