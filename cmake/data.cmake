# Puts every table of data/ into the programs as bytes (.incbin), so that they run without installed files.
# The same tables, parsed by the same code, can be overridden from /usr/share/nvstack/data or --data DIR.
# The boards and scenarios of the virtual GPU host go in the same way, for the module virt.
function(nvstack_embed target names_file)
  set(assembly "        .section .rodata\n")
  set(names "")
  foreach(path ${ARGN})
    file(RELATIVE_PATH file ${CMAKE_SOURCE_DIR}/data ${path})
    string(MAKE_C_IDENTIFIER ${file} symbol)
    string(APPEND assembly "        .globl nvstack_data_${symbol}, nvstack_data_${symbol}_end\n"
      "nvstack_data_${symbol}:\n        .incbin \"${path}\"\nnvstack_data_${symbol}_end:\n        .byte 0\n")
    string(APPEND names "NVSTACK_DATA(${symbol}, \"${file}\")\n")
  endforeach()
  string(APPEND assembly "        .section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${target}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${names_file} CONTENT "${names}" @ONLY)
  set_source_files_properties(${CMAKE_BINARY_DIR}/generated/${target}.S PROPERTIES OBJECT_DEPENDS "${ARGN}")
  add_library(${target} OBJECT ${CMAKE_BINARY_DIR}/generated/${target}.S)
endfunction()

file(GLOB tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/*.tsv ${CMAKE_SOURCE_DIR}/data/*.rec)
nvstack_embed(nvstack_data catalog_data_names.inc ${tables})
file(GLOB machines CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/boards/*.toml ${CMAKE_SOURCE_DIR}/data/scenarios/*.toml)
nvstack_embed(nvstack_machines virt_data_names.inc ${machines})
