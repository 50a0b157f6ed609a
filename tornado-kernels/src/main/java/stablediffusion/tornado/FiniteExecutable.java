package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Launches;
import stablediffusion.model.engine.Launching;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Operation;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs a network in half precision and refuses an output that is not finite: some number on the way was too large for fp16. Infinite numbers
 * do not get lost, since normalization, softmax and products of them give no finite number.
 */
class FiniteExecutable implements Executable, Launching {
    private final TornadoExecutable executable;
    private final String network;
    private final Function<Map<String, Tensor>, Optional<Operation>> search;

    private FiniteExecutable(TornadoExecutable executable, String network, Function<Map<String, Tensor>, Optional<Operation>> search) {
        this.executable = executable;
        this.network = network;
        this.search = search;
    }

    /**
     * Returns an executable that is profiled where the given one is.
     *
     * @param network name for messages
     * @param search finds the first operation whose output is infinite, for the same inputs
     */
    static Executable of(TornadoExecutable executable, String network, Function<Map<String, Tensor>, Optional<Operation>> search) {
        return executable instanceof Profiled profiled
                ? new Measured(executable, profiled, network, search)
                : new FiniteExecutable(executable, network, search);
    }

    private static final class Measured extends FiniteExecutable implements Profiled {
        private final Profiled profiled;

        Measured(TornadoExecutable executable, Profiled profiled, String network,
                Function<Map<String, Tensor>, Optional<Operation>> search) {
            super(executable, network, search);
            this.profiled = profiled;
        }

        @Override
        public Profile profile(Map<String, Tensor> inputs) {
            return profiled.profile(inputs);
        }
    }

    @Override
    public Launches launches() {
        return executable.launches();
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        Tensor output = executable.run(inputs);
        for (float value : output.values()) {
            if (!Float.isFinite(value)) {
                throw overflow(inputs);
            }
        }
        return output;
    }

    private UserException overflow(Map<String, Tensor> inputs) {
        String layer = search.apply(inputs).map(operation -> ", layer " + operation.output().name()).orElse("");
        return new UserException(
                network + layer + ": a number is larger than half precision can hold (65504); compute in single precision",
                Remedy.COMPUTE_IN_F32);
    }

    @Override
    public void close() {
        executable.close();
    }
}
