package stablediffusion.model.graph;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Describes one step of a network. The set is closed: an engine that handles every record handles every network.
 */
public sealed interface Operation {

    /** Returns what it reads, without weights. */
    List<Value> inputs();

    /** Returns what it writes. */
    Value output();

    /** Returns the trained tensors in the order in which they are read. */
    default List<Weight> weights() {
        return List.of();
    }

    /** Counts multiplications with addition, the usual measure of a network's cost; 0 for operations that only move or map elements. */
    default long multiplyAdds() {
        return 0;
    }

    /** Marks an operation that is a matrix product, whose result an {@link Epilogue} can change before it is stored. */
    sealed interface Product extends Operation {
        Epilogue epilogue();

        /** Returns the same product with another epilogue and output. */
        Product with(Epilogue epilogue, Value output);
    }

    /**
     * Convolves with a square kernel.
     *
     * @param upsample whether the input is first doubled to the output's height and width, as {@link Upsample} does
     */
    record Convolution(
            Value input, Weight weight, Weight bias, int stride, Padding padding, boolean upsample, Epilogue epilogue, Value output)
            implements Product {

        /** Returns the edge of the kernel, in pixels. */
        public int kernel() {
            return weight.shape().getFirst();
        }

        @Override
        public Convolution with(Epilogue newEpilogue, Value newOutput) {
            return new Convolution(input, weight, bias, stride, padding, upsample, newEpilogue, newOutput);
        }

        @Override
        public List<Value> inputs() {
            return Stream.concat(Stream.of(input), epilogue.inputs()).toList();
        }

        @Override
        public List<Weight> weights() {
            return List.of(weight, bias);
        }

        @Override
        public long multiplyAdds() {
            return (long) output.shape().rows() * weight.size();
        }
    }

    /** Holds how many zeros are put around a picture, in pixels: left and top, right and bottom. */
    record Padding(int before, int after) {
        public static final Padding SAME = new Padding(1, 1);
        /** Right and bottom only: the VAE encoder's down-sampling. */
        public static final Padding AFTER = new Padding(0, 1);
    }

    /** Computes a matrix product over channels, for every pixel or token: {@code input · weight + bias}. */
    record Linear(Value input, Weight weight, Optional<Weight> bias, Epilogue epilogue, Value output) implements Product {
        @Override
        public Linear with(Epilogue newEpilogue, Value newOutput) {
            return new Linear(input, weight, bias, newEpilogue, newOutput);
        }

        @Override
        public List<Value> inputs() {
            return Stream.concat(Stream.of(input), epilogue.inputs()).toList();
        }

        @Override
        public List<Weight> weights() {
            return Stream.concat(Stream.of(weight), bias.stream()).toList();
        }

        @Override
        public long multiplyAdds() {
            return (long) output.shape().rows() * weight.size();
        }
    }

    /** Computes Group Normalization (Wu and He, 2018): mean and variance over the pixels and channels of a group, then scale and shift. */
    record GroupNorm(Value input, Weight weight, Weight bias, int groups, float epsilon, Activation activation, Value output)
            implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }

        @Override
        public List<Weight> weights() {
            return List.of(weight, bias);
        }
    }

    /** Computes Layer Normalization (Ba et al., 2016) over the channels of each token. */
    record LayerNorm(Value input, Weight weight, Weight bias, float epsilon, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }

        @Override
        public List<Weight> weights() {
            return List.of(weight, bias);
        }
    }

    /**
     * Computes scaled dot-product attention (Vaswani et al., 2017), {@code softmax(q · kᵀ / √d) · v}, for each head; heads are slices of
     * the channels.
     *
     * @param causal whether a token sees only itself and those before it
     */
    record Attention(Value query, Value key, Value value, int heads, boolean causal, Value output) implements Operation {
        public int headChannels() {
            return query.shape().channels() / heads;
        }

        @Override
        public List<Value> inputs() {
            return List.of(query, key, value);
        }

        @Override
        public long multiplyAdds() {
            return 2L * query.shape().rows() * key.shape().positions() * query.shape().channels();
        }
    }

    /** Computes {@code a · gelu(b)}, where a is the first half of the channels and b the second (Shazeer, 2020). */
    record Geglu(Value input, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }
    }

    /**
     * Computes {@code a · gelu(b)} with {@code [a b] = input · weight + bias}: a linear layer and its {@link Geglu}, so that the widest value
     * of a transformer is never stored. Only {@link Fusion} makes it, for engines that ask for it.
     */
    record GatedLinear(Value input, Weight weight, Optional<Weight> bias, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }

        @Override
        public List<Weight> weights() {
            return Stream.concat(Stream.of(weight), bias.stream()).toList();
        }

        @Override
        public long multiplyAdds() {
            return (long) output.shape().rows() * weight.size();
        }
    }

    /** Applies a function to each element. */
    record Activate(Value input, Activation activation, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }
    }

    /** Adds two values of one shape. */
    record Add(Value left, Value right, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(left, right);
        }
    }

    /** Adds one vector of channels for each item of the batch to all its pixels. */
    record AddBatchBias(Value input, Value batchBias, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input, batchBias);
        }
    }

    /** Concatenates the channels of left and those of right. */
    record Concat(Value left, Value right, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(left, right);
        }
    }

    /**
     * Doubles height and width, repeating the nearest pixel: out[y][x] = in[y / 2][x / 2]. Where the output is one less than twice
     * the input, the last row or column is left out.
     */
    record Upsample(Value input, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(input);
        }
    }

    /**
     * Computes the sinusoidal embedding of timesteps [batch, 1, 1, 1] (Vaswani et al., 2017, as in CompVis' {@code timestep_embedding}):
     * with half = channels / 2 and f(i) = exp(-ln(10000) · i / half), the cosines of t · f(i), then the sines.
     */
    record TimestepEmbedding(Value timesteps, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(timesteps);
        }
    }

    /** Adds rows of a table of tokens and rows of a table of positions. The ids [batch, 1, length, 1] are whole numbers held as floats. */
    record TokenEmbedding(Value ids, Weight tokens, Weight positions, Value output) implements Operation {
        @Override
        public List<Value> inputs() {
            return List.of(ids);
        }

        @Override
        public List<Weight> weights() {
            return List.of(tokens, positions);
        }
    }
}
