package stablediffusion.model.graph;

import stablediffusion.model.graph.Operation.Activate;
import stablediffusion.model.graph.Operation.Add;
import stablediffusion.model.graph.Operation.AddBatchBias;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GatedLinear;
import stablediffusion.model.graph.Operation.Geglu;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Operation.Linear;
import stablediffusion.model.graph.Operation.Upsample;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Merges operations that only map elements into the heavier ones next to them, so that a value is not written to memory just to
 * be read once. An engine chooses the rules that its kernels can do. The numbers that a graph computes stay the same.
 *
 * <p>Two operations merge only where the value between them has no other reader and is not the graph's output. The merged
 * operation takes the place of the second, where everything that either reads has been computed.
 */
public final class Fusion {

    /** What may merge. */
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
    /** By the id of a value. */
    private final Map<Integer, Integer> readers = new HashMap<>();
    private final List<Operation> merged = new ArrayList<>();

    private Fusion(Graph graph, Set<Rule> rules) {
        this.graph = graph;
        this.rules = rules;
        for (Operation operation : graph.operations()) {
            operation.inputs().forEach(value -> readers.merge(value.id(), 1, Integer::sum));
        }
    }

    public static Graph apply(Graph graph, Set<Rule> rules) {
        Fusion fusion = new Fusion(graph, rules);
        graph.operations().forEach(fusion::take);
        return new Graph(graph.name(), graph.inputs(), fusion.merged, graph.output());
    }

    private void take(Operation operation) {
        Optional<Merge> merge = switch (operation) {
            case AddBatchBias add when rules.contains(Rule.BATCH_BIAS) -> intoProduct(add);
            case Activate activate -> intoProducer(activate);
            case Add add when rules.contains(Rule.RESIDUAL) -> intoProduct(add);
            case Geglu geglu when rules.contains(Rule.GEGLU) -> gating(geglu);
            case Convolution convolution when rules.contains(Rule.UPSAMPLE) && keepsSize(convolution) -> upsampling(convolution);
            default -> Optional.empty();
        };
        merge.ifPresent(found -> merged.remove(found.before));
        merged.add(merge.map(found -> found.result).orElse(operation));
    }

    private record Merge(Operation before, Operation result) {}

    private Optional<Merge> intoProduct(AddBatchBias add) {
        return producer(add.input())
                .filter(before -> epilogue(before).filter(Epilogue.NOTHING::equals).isPresent())
                .map(before -> new Merge(
                        before,
                        withEpilogue(before, new Epilogue(Optional.of(add.batchBias()), Activation.NONE, Optional.empty()), add.output())));
    }

    private Optional<Merge> intoProducer(Activate activate) {
        return producer(activate.input()).flatMap(before -> switch (before) {
            case GroupNorm norm
            when rules.contains(Rule.GROUP_NORM_SILU)
                    && activate.activation() == Activation.SILU
                    && norm.activation() == Activation.NONE ->
                Optional.of(new Merge(norm, new GroupNorm(
                        norm.input(), norm.weight(), norm.bias(), norm.groups(), norm.epsilon(), Activation.SILU, activate.output())));
            case Operation product when rules.contains(Rule.ACTIVATION) ->
                epilogue(product)
                        .filter(epilogue -> epilogue.activation() == Activation.NONE && epilogue.residual().isEmpty())
                        .map(epilogue -> new Epilogue(epilogue.batchBias(), activate.activation(), Optional.empty()))
                        .map(epilogue -> new Merge(product, withEpilogue(product, epilogue, activate.output())));
            default -> Optional.empty();
        });
    }

    private Optional<Merge> intoProduct(Add add) {
        Optional<Operation> left = producer(add.left()).filter(Fusion::canAddResidual);
        Optional<Operation> right = producer(add.right()).filter(Fusion::canAddResidual);
        boolean leftIsLater = left.map(merged::indexOf).orElse(-1) > right.map(merged::indexOf).orElse(-1);
        Value residual = leftIsLater ? add.right() : add.left();
        return (leftIsLater ? left : right).map(before -> {
            Epilogue epilogue = epilogue(before).orElseThrow();
            Epilogue withResidual = new Epilogue(epilogue.batchBias(), epilogue.activation(), Optional.of(residual));
            return new Merge(before, withEpilogue(before, withResidual, add.output()));
        });
    }

    private static boolean canAddResidual(Operation operation) {
        return epilogue(operation).filter(epilogue -> epilogue.residual().isEmpty()).isPresent();
    }

    private Optional<Merge> gating(Geglu geglu) {
        return producer(geglu.input())
                .filter(Linear.class::isInstance)
                .map(Linear.class::cast)
                .filter(linear -> linear.epilogue().equals(Epilogue.NOTHING))
                .map(linear -> new Merge(linear, new GatedLinear(linear.input(), linear.weight(), linear.bias(), geglu.output())));
    }

    private static boolean keepsSize(Convolution convolution) {
        return convolution.stride() == 1 && convolution.padding().equals(Operation.Padding.SAME);
    }

    private Optional<Merge> upsampling(Convolution after) {
        return producer(after.input())
                .filter(Upsample.class::isInstance)
                .map(Upsample.class::cast)
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

    /** What computes a value that only one operation reads. */
    private Optional<Operation> producer(Value value) {
        if (readers.get(value.id()) != 1 || value.equals(graph.output())) {
            return Optional.empty();
        }
        return merged.reversed().stream().filter(operation -> operation.output().equals(value)).findFirst();
    }

    private static Optional<Epilogue> epilogue(Operation operation) {
        return switch (operation) {
            case Convolution convolution -> Optional.of(convolution.epilogue());
            case Linear linear -> Optional.of(linear.epilogue());
            default -> Optional.empty();
        };
    }

    private static Operation withEpilogue(Operation operation, Epilogue epilogue, Value output) {
        return switch (operation) {
            case Convolution old ->
                new Convolution(old.input(), old.weight(), old.bias(), old.stride(), old.padding(), old.upsample(), epilogue, output);
            case Linear old -> new Linear(old.input(), old.weight(), old.bias(), epilogue, output);
            default -> throw new IllegalArgumentException(operation + " has no epilogue");
        };
    }
}
