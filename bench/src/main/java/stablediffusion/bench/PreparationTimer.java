package stablediffusion.bench;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/** Times what comes before a network's first run: its weights are loaded, then, on some engines, its kernels compiled. */
final class PreparationTimer {
    private static final double NANOSECONDS = 1e-9;

    private long start;
    private long compiling;
    private long end;

    /** Compiles a network, timing it. */
    Executable compile(Engine engine, Graph graph, Weights weights) {
        start = System.nanoTime();
        compiling = 0;
        Executable executable = engine.compile(graph, weights, () -> compiling = System.nanoTime());
        end = System.nanoTime();
        return executable;
    }

    double loadSeconds() {
        return ((compiling == 0 ? end : compiling) - start) * NANOSECONDS;
    }

    /** 0 for engines that bring their kernels along. */
    double compileSeconds() {
        return compiling == 0 ? 0 : (end - compiling) * NANOSECONDS;
    }
}
