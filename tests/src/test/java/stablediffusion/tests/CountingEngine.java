package stablediffusion.tests;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

import java.util.Map;

/** Adds up the memory of the networks that an engine has open. */
final class CountingEngine implements Engine {
    private final Engine engine;
    private long held;
    private long most;

    CountingEngine(Engine engine) {
        this.engine = engine;
    }

    /** Returns the bytes of all networks that are open now. */
    long held() {
        return held;
    }

    /** Returns the largest value that {@link #held} had. */
    long most() {
        return most;
    }

    @Override
    public String description() {
        return engine.description();
    }

    @Override
    public Precision precision() {
        return engine.precision();
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        return engine.memory(graph);
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        long need = memory(graph).total();
        Executable executable = engine.compile(graph, weights);
        held += need;
        most = Math.max(most, held);
        return new Executable() {
            @Override
            public Tensor run(Map<String, Tensor> inputs) {
                return executable.run(inputs);
            }

            @Override
            public void close() {
                held -= need;
                executable.close();
            }
        };
    }

    /** Does nothing: the engine behind this one stays open. */
    @Override
    public void close() {}
}
