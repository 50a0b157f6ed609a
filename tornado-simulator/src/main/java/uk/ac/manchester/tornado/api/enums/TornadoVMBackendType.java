package uk.ac.manchester.tornado.api.enums;

/** Names the code generators. The simulator is {@link #JAVA}. */
public enum TornadoVMBackendType {
    OPENCL,
    METAL,
    PTX,
    CUDA,
    SPIRV,
    JAVA,
    VIRTUAL
}
