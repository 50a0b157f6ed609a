package stablediffusion.bench.peers;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Operation;

import java.util.Map;
import java.util.Optional;

/** Another library that computes some of our operations on the CPU, in f32. */
interface Peer extends AutoCloseable {
    String name();

    /** An operation with everything that it needs already in the library's own memory and order. */
    interface Prepared extends AutoCloseable {

        /** Computes it once. */
        void run();

        /** What it computes, NHWC. */
        float[] output();

        @Override
        void close();
    }

    /** @return empty where the library has no such operation */
    Optional<Prepared> prepare(Operation operation, Map<String, Tensor> inputs, Numbers weights);

    @Override
    void close();
}
