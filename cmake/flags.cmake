# What every target of ours is compiled with. `cachekit_target(NAME)` applies it.

find_program(CACHEKIT_CCACHE ccache)
if(CACHEKIT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CACHEKIT_CCACHE})
endif()

if(CACHEKIT_SANITIZE)
  add_compile_options(-fsanitize=${CACHEKIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CACHEKIT_SANITIZE})
endif()

# Only with the compilers that we test: another one, newer, may warn of more.
set(CACHEKIT_TESTED_COMPILERS GNU-12 Clang-19)
string(REGEX MATCH "^[0-9]+" compiler_major "${CMAKE_CXX_COMPILER_VERSION}")
set(CACHEKIT_WARNINGS_ARE_ERRORS OFF)
if(CACHEKIT_WERROR AND "${CMAKE_CXX_COMPILER_ID}-${compiler_major}" IN_LIST CACHEKIT_TESTED_COMPILERS)
  set(CACHEKIT_WARNINGS_ARE_ERRORS ON)
endif()

function(cachekit_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(CACHEKIT_WARNINGS_ARE_ERRORS)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()
