package stablediffusion.cpu;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Compiles embeddings of timesteps and tokens, which are a few thousand numbers, to plain Java. */
final class Embeddings {
    private final CompilationContext context;

    Embeddings(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.TimestepEmbedding embedding) {
        ActivationMemory activations = context.activations();
        Value output = embedding.output();
        int half = output.shape().channels() / 2;
        return () -> {
            for (int row = 0; row < output.shape().rows(); row++) {
                float timestep = activations.get(embedding.timesteps(), row);
                for (int i = 0; i < half; i++) {
                    // Rounded to 32 bits where the original rounds, because an angle of 999 shows the difference.
                    float angle = timestep * (float) Math.exp(-Math.log(10000) * i / half);
                    activations.set(output, 2L * half * row + i, (float) Math.cos(angle));
                    activations.set(output, 2L * half * row + half + i, (float) Math.sin(angle));
                }
            }
        };
    }

    Step compile(Operation.TokenEmbedding embedding) {
        ActivationMemory activations = context.activations();
        Shape shape = embedding.output().shape();
        int channels = shape.channels();
        MemorySegment tokens = table(embedding.tokens(), channels);
        MemorySegment positions = table(embedding.positions(), channels);
        return () -> {
            for (int row = 0; row < shape.rows(); row++) {
                long id = (long) activations.get(embedding.ids(), row);
                long position = row % shape.positions();
                for (int c = 0; c < channels; c++) {
                    float token = tokens.getAtIndex(ValueLayout.JAVA_FLOAT, id * channels + c);
                    float learned = positions.getAtIndex(ValueLayout.JAVA_FLOAT, position * channels + c);
                    activations.set(embedding.output(), (long) row * channels + c, token + learned);
                }
            }
        };
    }

    private MemorySegment table(Weight weight, int channels) {
        long rows = weight.size() / channels;
        return OneDnn.segment(
                context.weights().load(weight, StoredWeight.matrix(rows, channels), OneDnn.dense(OneDnn.F32, rows, channels)));
    }
}
