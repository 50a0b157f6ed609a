package stablediffusion.cpu;

import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Operation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles group normalization. oneDNN's own is slow for NHWC, so two fast primitives do it: batch normalization of one item in training
 * mode gives mean and variance of each channel, those of a group follow from its channels', and what remains is
 * {@code (x - mean) · scale + bias} for each channel, with the activation in the same pass.
 */
final class GroupNorms {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final CompilationContext context;

    GroupNorms(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.GroupNorm norm) {
        Statistics statistics = new Statistics(norm, context);
        List<Step> steps = new ArrayList<>();
        for (int item = 0; item < norm.input().shape().batch(); item++) {
            steps.add(measure(norm, item, statistics));
            steps.add(statistics::combine);
            steps.add(apply(norm, item, statistics));
        }
        return Step.sequence(steps);
    }

    /** Computes mean and variance of each channel. The normalized values go to the output, which {@link #apply} overwrites. */
    private Step measure(Operation.GroupNorm norm, int item, Statistics statistics) {
        memory input = context.activations().rows(norm.input(), item);
        memory output = context.activations().rows(norm.output(), item);
        int positions = norm.input().shape().positions();
        int channels = norm.input().shape().channels();
        memory.desc pixels = new memory.desc(
                new long[] {1, channels, positions},
                context.activations().type(norm.input()),
                new long[] {(long) positions * channels, 1, channels});
        var desc = new batch_normalization_forward.primitive_desc(
                context.oneDnn().engine,
                dnnl.prop_kind.forward_training.value,
                pixels,
                pixels,
                norm.epsilon(),
                dnnl.normalization_flags.none.value,
                new PostOperations().attributes(),
                false);
        return context.call(new batch_normalization_forward(desc), desc)
                .fromTo(input, output)
                .with(dnnl.DNNL_ARG_MEAN, statistics.mean)
                .with(dnnl.DNNL_ARG_VARIANCE, statistics.variance);
    }

    private Step apply(Operation.GroupNorm norm, int item, Statistics statistics) {
        memory input = context.activations().rows(norm.input(), item);
        memory output = context.activations().rows(norm.output(), item);
        PostOperations post = new PostOperations().multiply(statistics.scale).add(statistics.bias).activate(norm.activation());
        var desc = new binary.primitive_desc(
                context.oneDnn().engine,
                dnnl.algorithm.binary_sub.value,
                input.get_desc(),
                statistics.groupMean.get_desc(),
                output.get_desc(),
                post.attributes(),
                false);
        return post.bind(context.call(new binary(desc), desc))
                .fromTo(input, output)
                .with(dnnl.DNNL_ARG_SRC_1, statistics.groupMean);
    }

    /** Holds numbers for each channel of one item of the batch. */
    private static final class Statistics {
        private final int channels;
        private final int groups;
        private final float epsilon;
        private final memory mean;
        private final memory variance;
        private final memory groupMean;
        private final memory scale;
        private final memory bias;
        private final MemorySegment weight;

        Statistics(Operation.GroupNorm norm, CompilationContext context) {
            channels = norm.input().shape().channels();
            groups = norm.groups();
            epsilon = norm.epsilon();
            OneDnn oneDnn = context.oneDnn();
            memory.desc vector = OneDnn.dense(OneDnn.F32, channels);
            memory.desc row = OneDnn.dense(OneDnn.F32, 1, channels);
            mean = oneDnn.allocate(vector);
            variance = oneDnn.allocate(vector);
            groupMean = oneDnn.allocate(row);
            scale = oneDnn.allocate(row);
            StoredWeight stored = StoredWeight.matrix(1, channels);
            bias = context.weights().load(norm.bias(), stored, row);
            weight = OneDnn.segment(context.weights().load(norm.weight(), stored, row));
        }

        /** Computes mean and scale of each group. Its variance is the mean of its channels' variances plus the variance of their means. */
        void combine() {
            MemorySegment means = OneDnn.segment(mean);
            MemorySegment variances = OneDnn.segment(variance);
            MemorySegment groupMeans = OneDnn.segment(groupMean);
            MemorySegment scales = OneDnn.segment(scale);
            int size = channels / groups;
            for (int first = 0; first < channels; first += size) {
                double ofGroup = 0;
                for (int c = first; c < first + size; c++) {
                    ofGroup += means.getAtIndex(FLOAT, c) / (double) size;
                }
                double groupVariance = 0;
                for (int c = first; c < first + size; c++) {
                    double difference = means.getAtIndex(FLOAT, c) - ofGroup;
                    groupVariance += (variances.getAtIndex(FLOAT, c) + difference * difference) / size;
                }
                double deviation = Math.sqrt(groupVariance + epsilon);
                for (int c = first; c < first + size; c++) {
                    groupMeans.setAtIndex(FLOAT, c, (float) ofGroup);
                    scales.setAtIndex(FLOAT, c, (float) (weight.getAtIndex(FLOAT, c) / deviation));
                }
            }
        }
    }
}
