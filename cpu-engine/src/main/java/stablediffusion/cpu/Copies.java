package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.ArrayList;
import java.util.List;

/** Compiles operations that only move numbers. */
final class Copies {
    private final CompilationContext context;

    Copies(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Concat concat) {
        int leftChannels = concat.left().shape().channels();
        return Step.sequence(List.of(
                context.copy(context.activations().rows(concat.left()), columns(concat.output(), 0, leftChannels)),
                context.copy(
                        context.activations().rows(concat.right()),
                        columns(concat.output(), leftChannels, concat.right().shape().channels()))));
    }

    /** Returns a view of some of the channels. */
    private memory columns(Value value, int first, int count) {
        Shape shape = value.shape();
        memory.desc desc = new memory.desc(
                new long[] {shape.rows(), count}, context.activations().type(value), new long[] {shape.channels(), 1});
        return context.activations().view(value, desc, first);
    }

    /** Copies each picture four times, to the even and odd rows and columns. */
    Step compile(Operation.Upsample upsample) {
        Shape out = upsample.output().shape();
        List<Step> steps = new ArrayList<>();
        for (int item = 0; item < out.batch(); item++) {
            for (int y = 0; y < 2; y++) {
                for (int x = 0; x < 2; x++) {
                    int height = (out.height() + 1 - y) / 2;
                    int width = (out.width() + 1 - x) / 2;
                    if (height > 0 && width > 0) {
                        memory from = pixels(upsample.input(), item, height, width, 1, 0, 0);
                        steps.add(context.copy(from, pixels(upsample.output(), item, height, width, 2, y, x)));
                    }
                }
            }
        }
        return Step.sequence(steps);
    }

    /** Returns a view of every {@code step}th pixel of every {@code step}th row, from row {@code y} and column {@code x}. */
    private memory pixels(Value value, int item, int height, int width, int step, int y, int x) {
        Shape shape = value.shape();
        long row = (long) shape.width() * shape.channels();
        memory.desc desc = new memory.desc(
                new long[] {height, width, shape.channels()},
                context.activations().type(value),
                new long[] {step * row, (long) step * shape.channels(), 1});
        return context.activations().view(value, desc, ((long) item * shape.height() + y) * row + (long) x * shape.channels());
    }
}
