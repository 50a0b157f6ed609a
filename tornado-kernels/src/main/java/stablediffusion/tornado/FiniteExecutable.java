package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Operation;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs a network in half precision and refuses an output that is not finite: some number on the way was too large for fp16. Infinite numbers
 * do not get lost, since every network ends in normalization and products.
 *
 * @param network name for messages
 * @param search finds the first operation whose output is infinite, for the same inputs
 */
record FiniteExecutable(TornadoExecutable executable, String network, Function<Map<String, Tensor>, Optional<Operation>> search)
        implements Executable, Profiled {

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
    public Profile profile(Map<String, Tensor> inputs) {
        return executable.profile(inputs);
    }

    @Override
    public void close() {
        executable.close();
    }
}
