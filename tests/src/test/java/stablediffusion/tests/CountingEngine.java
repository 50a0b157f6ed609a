package stablediffusion.tests;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

import java.util.Map;

/** An engine that adds up what its networks take. */
final class CountingEngine implements Engine {
    private final Engine engine;
    private long held;
    private long most;

    CountingEngine(Engine engine) {
        this.engine = engine;
    }

    /** Bytes of all networks that are open. */
    long held() {
        return held;
    }

    /** The largest that {@link #held} was. */
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

    /** The engine stays open. */
    @Override
    public void close() {}
}
