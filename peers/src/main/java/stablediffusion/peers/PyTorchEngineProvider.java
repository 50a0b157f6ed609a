package stablediffusion.peers;

/** Opens PyTorch on the processor, through DJL. */
public final class PyTorchEngineProvider extends PeerEngineProvider {
    static final String BACKEND = "pytorch";

    public PyTorchEngineProvider() {
        super(BACKEND, "PyTorch", PyTorchEngine::new);
    }
}
