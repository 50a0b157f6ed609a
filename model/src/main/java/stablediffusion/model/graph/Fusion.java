package stablediffusion.model.graph;

import stablediffusion.model.graph.Operation.Activate;
import stablediffusion.model.graph.Operation.Add;
import stablediffusion.model.graph.Operation.AddBatchBias;
import stablediffusion.model.graph.Operation.Attention;
import stablediffusion.model.graph.Operation.Concat;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GatedLinear;
import stablediffusion.model.graph.Operation.Geglu;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Operation.LayerNorm;
import stablediffusion.model.graph.Operation.Linear;
import stablediffusion.model.graph.Operation.Product;
import stablediffusion.model.graph.Operation.TimestepEmbedding;
import stablediffusion.model.graph.Operation.TokenEmbedding;
import stablediffusion.model.graph.Operation.Upsample;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Merges operations that only map elements into the larger ones next to them, so that a value is not written to memory just to
 * be read once. An engine chooses the rules that its kernels support. The numbers that a graph computes stay the same.
 *
 * <p>Two operations merge only where the value between them has no other reader and is not the graph's output. The merged
 * operation takes the place of the second, where everything that either reads has been computed.
 */
public final class Fusion {

    /** Names what may merge. */
    public enum Rule {
        /** A vector for each item of the batch, into the convolution or linear layer before it. */
        BATCH_BIAS,
        /** An activation, into the convolution or linear layer before it. */
        ACTIVATION,
        /** SiLU, into the group normalization before it. */
        GROUP_NORM_SILU,
        /** An addition, into the convolution or linear layer that computes one of its sides, the later one where both could. */
        RESIDUAL,
        /** Doubling a picture, into the convolution that reads it. */
        UPSAMPLE,
        /** GEGLU, into the linear layer before it: {@link Operation.GatedLinear}. */
        GEGLU
    }

    private final Set<Rule> rules;
    private final Graph graph;
    /** Number of operations that read a value, by its id. */
    private final Map<Integer, Integer> readers = new HashMap<>();
    private final List<Operation> merged = new ArrayList<>();

    private Fusion(Graph graph, Set<Rule> rules) {
        this.graph = graph;
        this.rules = rules;
        for (Operation operation : graph.operations()) {
            operation.inputs().forEach(value -> readers.merge(value.id(), 1, Integer::sum));
        }
    }

    /** Returns the graph with everything merged that the rules allow. */
    public static Graph apply(Graph graph, Set<Rule> rules) {
        Fusion fusion = new Fusion(graph, rules);
        graph.operations().forEach(fusion::take);
        return new Graph(graph.name(), graph.inputs(), fusion.merged, graph.output());
    }

    private void take(Operation operation) {
        Optional<Merge> merge = switch (operation) {
            case AddBatchBias add -> batchBias(add);
            case Activate activate -> activation(activate);
            case Add add -> residual(add);
            case Geglu geglu -> gating(geglu);
            case Convolution convolution -> upsampling(convolution);
            // @formatter:off
            case Linear _,
                    GatedLinear _,
                    GroupNorm _,
                    LayerNorm _,
                    Attention _,
                    Concat _,
                    Upsample _,
                    TimestepEmbedding _,
                    TokenEmbedding _ ->
                Optional.empty();
            // @formatter:on
        };
        merge.ifPresent(found -> merged.remove(found.before));
        merged.add(merge.map(found -> found.result).orElse(operation));
    }

    private record Merge(Operation before, Operation result) {}

    private Optional<Merge> batchBias(AddBatchBias add) {
        Epilogue withBias = new Epilogue(Optional.of(add.batchBias()), Activation.NONE, Optional.empty());
        return producer(add.input(), Rule.BATCH_BIAS, Product.class)
                .filter(product -> product.epilogue().equals(Epilogue.NOTHING))
                .map(product -> new Merge(product, product.with(withBias, add.output())));
    }

    private Optional<Merge> activation(Activate activate) {
        return silu(activate).or(() -> producer(activate.input(), Rule.ACTIVATION, Product.class)
                .filter(product -> product.epilogue().activation() == Activation.NONE && product.epilogue().residual().isEmpty())
                .map(product -> {
                    Epilogue activated = new Epilogue(product.epilogue().batchBias(), activate.activation(), Optional.empty());
                    return new Merge(product, product.with(activated, activate.output()));
                }));
    }

    private Optional<Merge> silu(Activate activate) {
        return producer(activate.input(), Rule.GROUP_NORM_SILU, GroupNorm.class)
                .filter(norm -> activate.activation() == Activation.SILU && norm.activation() == Activation.NONE)
                .map(norm -> new Merge(norm, new GroupNorm(
                        norm.input(), norm.weight(), norm.bias(), norm.groups(), norm.epsilon(), Activation.SILU, activate.output())));
    }

    private Optional<Merge> residual(Add add) {
        Optional<Product> left = withoutResidual(add.left());
        Optional<Product> right = withoutResidual(add.right());
        boolean leftIsLater = left.map(merged::indexOf).orElse(-1) > right.map(merged::indexOf).orElse(-1);
        Value residual = leftIsLater ? add.right() : add.left();
        return (leftIsLater ? left : right).map(product -> {
            Epilogue epilogue = product.epilogue();
            Epilogue withResidual = new Epilogue(epilogue.batchBias(), epilogue.activation(), Optional.of(residual));
            return new Merge(product, product.with(withResidual, add.output()));
        });
    }

    private Optional<Product> withoutResidual(Value side) {
        return producer(side, Rule.RESIDUAL, Product.class).filter(product -> product.epilogue().residual().isEmpty());
    }

    private Optional<Merge> gating(Geglu geglu) {
        return producer(geglu.input(), Rule.GEGLU, Linear.class)
                .filter(linear -> linear.epilogue().equals(Epilogue.NOTHING))
                .map(linear -> new Merge(linear, new GatedLinear(linear.input(), linear.weight(), linear.bias(), geglu.output())));
    }

    private static boolean keepsSize(Convolution convolution) {
        return convolution.stride() == 1 && convolution.padding().equals(Operation.Padding.SAME);
    }

    private Optional<Merge> upsampling(Convolution after) {
        return producer(after.input(), Rule.UPSAMPLE, Upsample.class)
                .filter(_ -> keepsSize(after))
                .map(upsample -> new Merge(upsample, new Convolution(
                        upsample.input(),
                        after.weight(),
                        after.bias(),
                        after.stride(),
                        after.padding(),
                        true,
                        after.epilogue(),
                        after.output())));
    }

    /** Finds the operation of a kind that computes a value, where the rule may be applied and only one operation reads the value. */
    private <T extends Operation> Optional<T> producer(Value value, Rule rule, Class<T> kind) {
        if (!rules.contains(rule) || readers.get(value.id()) != 1 || value.equals(graph.output())) {
            return Optional.empty();
        }
        return merged.reversed().stream()
                .filter(operation -> operation.output().equals(value))
                .findFirst()
                .filter(kind::isInstance)
                .map(kind::cast);
    }
}
