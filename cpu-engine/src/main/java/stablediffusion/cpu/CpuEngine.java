package stablediffusion.cpu;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Compiles graphs to sequences of oneDNN's primitives. */
final class CpuEngine implements Engine {
    /**
     * Names what oneDNN does at no cost while it stores a product. It cannot broadcast one vector for each item of a batch over pixels, and
     * its convolution does not read an upsampled picture.
     */
    private static final Set<Fusion.Rule> FUSIONS =
            EnumSet.of(Fusion.Rule.ACTIVATION, Fusion.Rule.GROUP_NORM_SILU, Fusion.Rule.RESIDUAL, Fusion.Rule.GEGLU);

    private final OneDnn oneDnn;
    private final Precision precision;
    private final Set<Fusion.Rule> fusions;

    CpuEngine(OneDnn oneDnn, Precision precision) {
        this(oneDnn, precision, FUSIONS);
    }

    CpuEngine(OneDnn oneDnn, Precision precision, Set<Fusion.Rule> fusions) {
        this.oneDnn = oneDnn;
        this.precision = precision;
        this.fusions = fusions;
    }

    @Override
    public String description() {
        return "cpu: oneDNN " + oneDnn.version() + ", " + EngineSettings.inWords(oneDnn.threads()) + ", "
                + precision.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public MemoryNeed memory(Graph graph) {
        Graph fused = Fusion.apply(graph, fusions);
        long weights = fused.weights().stream()
                .mapToLong(weight -> (long) weight.size() * (keepsFloats(weight) ? Float.BYTES : precision.bytes()))
                .sum();
        return new MemoryNeed(weights, ActivationMemory.plan(fused, precision).size());
    }

    /** Returns whether a weight stays in 32 bits, as tables and vectors do; see {@link Embeddings} and {@link WeightLoader#loadVector}. */
    private static boolean keepsFloats(Weight weight) {
        return switch (weight.layout()) {
            case TABLE, VECTOR -> true;
            case CONVOLUTION, LINEAR -> false;
        };
    }

    @Override
    public Executable compile(Graph graph, Weights weights) {
        return Compiler.compile(oneDnn, Fusion.apply(graph, fusions), precision, weights);
    }

    /** Ends the engine's threads. Executables have their own memory. */
    @Override
    public void close() {
        oneDnn.close();
    }
}
