# Compiles po/*.po to share/locale beside bin/, where both the build tree and the installed tree find them.
file(GLOB po_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/*/*.po)
set(languages "")
foreach(po ${po_files})
  get_filename_component(folder ${po} DIRECTORY)
  get_filename_component(language ${folder} NAME)
  list(APPEND languages ${language})
endforeach()
list(REMOVE_DUPLICATES languages)
foreach(language ${languages})
  file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/${language}/*.po)
  set(mo ${CMAKE_BINARY_DIR}/share/locale/${language}/LC_MESSAGES/nvstack.mo)
  add_custom_command(OUTPUT ${mo}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share/locale/${language}/LC_MESSAGES
    COMMAND msgcat --use-first ${parts} -o ${CMAKE_BINARY_DIR}/${language}.po
    COMMAND msgfmt --check-format ${CMAKE_BINARY_DIR}/${language}.po -o ${mo}
    DEPENDS ${parts} VERBATIM)
  add_custom_target(messages_${language} ALL DEPENDS ${mo})
endforeach()
