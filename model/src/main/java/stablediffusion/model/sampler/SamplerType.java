package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.function.Supplier;

/**
 * Describes a sampler and creates it. Each sampler's class holds its own; {@link Samplers} lists them.
 *
 * @param name as this project spells it: "dpm++2m"
 * @param webUiName as the AUTOMATIC1111 web UI spells it in the parameters of pictures: "DPM++ 2M"
 * @param description one line, for help
 * @param aliases other names that it is found by
 * @param takesSchedule whether a {@link Schedule} can be chosen; without, it has one of its own
 * @param defaultEta amount of fresh noise where none is given; empty for samplers that add none
 * @param factory creates the sampler for an eta, which samplers that add no noise ignore
 */
public record SamplerType(
        String name,
        String webUiName,
        String description,
        List<String> aliases,
        boolean takesSchedule,
        OptionalDouble defaultEta,
        DoubleFunction<Sampler> factory) {

    public SamplerType {
        aliases = List.copyOf(aliases);
    }

    /** Describes a sampler that adds no noise. */
    static SamplerType of(String name, String webUiName, String description, Supplier<Sampler> factory) {
        return new SamplerType(name, webUiName, description, List.of(), true, OptionalDouble.empty(), _ -> factory.get());
    }

    /** Describes a sampler that adds noise in each step. */
    static SamplerType of(String name, String webUiName, String description, double defaultEta, DoubleFunction<Sampler> factory) {
        return new SamplerType(name, webUiName, description, List.of(), true, OptionalDouble.of(defaultEta), factory);
    }

    SamplerType withAliases(String... others) {
        return new SamplerType(name, webUiName, description, List.of(others), takesSchedule, defaultEta, factory);
    }

    SamplerType withOwnSchedule() {
        return new SamplerType(name, webUiName, description, aliases, false, defaultEta, factory);
    }

    /** Creates the sampler with its default eta. */
    public Sampler create() {
        return factory.apply(defaultEta.orElse(0));
    }

    /**
     * Creates the sampler.
     *
     * @param eta amount of fresh noise: 0 none, 1 as much as the reverse process has; empty: the default
     * @throws UserException for an eta out of range, or any where the sampler takes none
     */
    public Sampler create(OptionalDouble eta) {
        if (eta.isEmpty()) {
            return create();
        }
        if (defaultEta.isEmpty()) {
            throw new InvalidRequestException("sampler " + name + " adds no noise, so it takes no eta: omit it");
        }
        double value = eta.getAsDouble();
        if (!(value >= 0 && value <= 1)) {
            throw new InvalidRequestException("eta " + value + " is not between 0 and 1");
        }
        return factory.apply(value);
    }

    /** Returns the name of eta in the parameters of pictures: the web UI keeps DDIM's apart from that of all others. */
    public String etaLabel() {
        return name.equals("ddim") ? "Eta DDIM" : "Eta";
    }
}
