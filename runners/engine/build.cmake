# How llama.cpp is compiled beyond its own options; the Makefile hands it to CMake (CMAKE_PROJECT_llama_cpp_INCLUDE).

# The engine is known by the digest of its libraries. llama.cpp writes the names of its source files into them, and pip
# compiles in a folder that is called something else each time: without this, the same build would be another engine.
if(NOT MSVC)
    set(here "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
    add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:${here}>" "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${here}>")
endif()

# What llama.cpp's own programs share (download, arguments, chat parsers) takes a third of the time and is used by none
# of ours. llama-cpp-python turns it on in the cache; a plain variable goes before that.
set(LLAMA_BUILD_COMMON OFF)
