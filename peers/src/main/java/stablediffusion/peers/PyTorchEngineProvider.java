package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;

import java.util.Set;

/** Opens PyTorch on the processor, through DJL. */
public final class PyTorchEngineProvider extends PeerEngineProvider {
    static final String BACKEND = "pytorch";

    public PyTorchEngineProvider() {
        super(BACKEND, "PyTorch", Set.of(Precision.F32, Precision.BF16), "computes in f32 and bf16 only");
    }

    @Override
    Engine open(Precision precision, int threads) {
        return new PyTorchEngine(precision, threads);
    }
}
