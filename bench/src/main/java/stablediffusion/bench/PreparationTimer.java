package stablediffusion.bench;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/** Measures the time before the first run of a network: loading its weights and, on some engines, compiling its kernels. */
final class PreparationTimer {
    private static final double NANOSECONDS = 1e-9;

    private long start;
    private long compiling;
    private long end;

    /** Compiles a network and measures the time. */
    Executable compile(Engine engine, Graph graph, Weights weights) {
        start = System.nanoTime();
        compiling = 0;
        Executable executable = engine.compile(graph, weights, () -> compiling = System.nanoTime());
        end = System.nanoTime();
        return executable;
    }

    /** Returns the time for loading the weights. */
    double loadSeconds() {
        return ((compiling == 0 ? end : compiling) - start) * NANOSECONDS;
    }

    /** Returns the time for compiling the kernels; 0 for engines with precompiled kernels. */
    double compileSeconds() {
        return compiling == 0 ? 0 : (end - compiling) * NANOSECONDS;
    }
}
