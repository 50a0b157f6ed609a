package stablediffusion.peers;

/** Opens ONNX Runtime on the processor. */
public final class OnnxRuntimeEngineProvider extends PeerEngineProvider {
    static final String BACKEND = "onnxruntime";

    public OnnxRuntimeEngineProvider() {
        super(BACKEND, "ONNX Runtime", OnnxRuntimeEngine::new);
    }
}
