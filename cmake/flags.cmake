# What every target of ours is compiled with. `cachekit_target(NAME)` applies it.

find_program(CACHEKIT_CCACHE ccache)
if(CACHEKIT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CACHEKIT_CCACHE})
endif()

if(CACHEKIT_SANITIZE)
  add_compile_options(-fsanitize=${CACHEKIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CACHEKIT_SANITIZE})
endif()

function(cachekit_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(CACHEKIT_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()
