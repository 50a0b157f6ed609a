package stablediffusion.model.engine;

import java.util.Map;

/** An {@link Executable} that can say where its time goes. */
public interface Profiled extends Clocked {

    /** Runs the network once as {@link Executable#run} does, measuring. */
    Profile profile(Map<String, Tensor> inputs);

    @Override
    default long computing(Map<String, Tensor> inputs) {
        return profile(inputs).computing();
    }
}
