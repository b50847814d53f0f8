# Puts every table of data/ into the programs as bytes (.incbin), so that they run without installed files.
# The same tables, parsed by the same code, can be overridden from /usr/share/nvstack/data or --data DIR.
file(GLOB NVSTACK_DATA CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/*.tsv ${CMAKE_SOURCE_DIR}/data/*.rec)
set(assembly "        .section .rodata\n")
set(names "")
foreach(path ${NVSTACK_DATA})
  get_filename_component(file ${path} NAME)
  string(MAKE_C_IDENTIFIER ${file} symbol)
  string(APPEND assembly "        .globl nvstack_data_${symbol}, nvstack_data_${symbol}_end\n"
    "nvstack_data_${symbol}:\n        .incbin \"${path}\"\nnvstack_data_${symbol}_end:\n        .byte 0\n")
  string(APPEND names "NVSTACK_DATA(${symbol}, \"${file}\")\n")
endforeach()
string(APPEND assembly "        .section .note.GNU-stack,\"\",%progbits\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/data.S CONTENT "${assembly}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/catalog_data_names.inc CONTENT "${names}" @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/generated/data.S PROPERTIES OBJECT_DEPENDS "${NVSTACK_DATA}")
add_library(nvstack_data OBJECT ${CMAKE_BINARY_DIR}/generated/data.S)
