package stablediffusion.model.engine;

import java.util.Map;

/** Measures the single operations of an {@link Executable}. */
public interface Profiled extends Clocked {

    /** Runs the network once as {@link Executable#run} does, and measures. */
    Profile profile(Map<String, Tensor> inputs);

    @Override
    default long computing(Map<String, Tensor> inputs) {
        return profile(inputs).computing();
    }
}
