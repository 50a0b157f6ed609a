package stablediffusion.weights.adapter;

import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;
import stablediffusion.weights.adapter.Lora.Change;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Merges LoRAs into the weights of a model while they are read: {@code W + strength · alpha / rank · up · down}. The model itself is not
 * changed. Merged weights are returned in fp32, so that small changes are not lost.
 */
public final class LoraWeights implements Weights {
    private final Weights base;
    private final Map<String, List<Merge>> merges = new HashMap<>();

    /**
     * Holds a LoRA and its strengths.
     *
     * @param textEncoder factor of the change of the text encoder: 1 as trained; may be negative
     * @param unet factor of the change of the UNet
     */
    public record Applied(Lora lora, float textEncoder, float unet) {
        public Applied(Lora lora, float strength) {
            this(lora, strength, strength);
        }

        private float strength(String layer) {
            return KohyaNames.isInTextEncoder(layer) ? textEncoder : unet;
        }
    }

    private record Merge(Change change, float factor) {}

    /**
     * Assigns the changes of the LoRAs to the weights of the model.
     *
     * @throws UserException if a LoRA was made for another model; the message names the layer
     */
    public LoraWeights(Weights base, Configuration configuration, List<Applied> loras) {
        this.base = base;
        Map<String, Weight> layers = KohyaNames.layers(configuration);
        for (Applied applied : loras) {
            applied.lora().changes().forEach((layer, change) -> {
                Weight weight = layers.get(layer);
                if (weight == null) {
                    throw new UserException(applied.lora().file() + " is a LoRA for another model: this one has no layer " + layer);
                }
                requireShape(applied.lora(), layer, change, weight);
                merges.computeIfAbsent(weight.name(), _ -> new ArrayList<>())
                        .add(new Merge(change, applied.strength(layer) * change.scale()));
            });
        }
    }

    private static void requireShape(Lora lora, String layer, Change change, Weight weight) {
        List<Integer> expected = weight.checkpointShape();
        int taps = weight.size() / expected.get(0) / expected.get(1);
        if (change.out() != expected.get(0) || change.in() != expected.get(1) || change.taps() != taps) {
            throw new UserException(
                    lora.file() + " is a LoRA for another model: it changes layer " + layer + " from " + change.in() + " to "
                            + change.out() + " channels with " + change.taps() + " taps, this model's has the shape " + expected);
        }
    }

    @Override
    public WeightData read(Weight weight, Arena arena) {
        WeightData data = base.read(weight, arena);
        List<Merge> changes = merges.get(weight.name());
        if (changes == null) {
            return data;
        }
        float[] values = data.toFloats();
        changes.forEach(merge -> add(merge, values));
        return new WeightData(Precision.F32, MemorySegment.ofArray(values));
    }

    /** Adds a change to a weight of layout [taps, in, out]: each tap and input channel receives a sum of rank rows of the transposed up. */
    private static void add(Merge merge, float[] stored) {
        Change change = merge.change;
        int out = change.out();
        int in = change.in();
        int taps = change.taps();
        int rank = change.rank();
        float[] upTransposed = new float[rank * out];
        for (int o = 0; o < out; o++) {
            for (int r = 0; r < rank; r++) {
                upTransposed[r * out + o] = change.up()[o * rank + r];
            }
        }
        IntStream.range(0, in).parallel().forEach(i -> {
            for (int tap = 0; tap < taps; tap++) {
                int row = (tap * in + i) * out;
                for (int r = 0; r < rank; r++) {
                    float down = merge.factor * change.down()[(r * in + i) * taps + tap];
                    for (int o = 0; o < out; o++) {
                        stored[row + o] += down * upTransposed[r * out + o];
                    }
                }
            }
        });
    }
}
