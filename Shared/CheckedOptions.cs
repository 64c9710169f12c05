using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CacheDemo;

/// <summary>
/// Options that are validated at start. A failure is one line that names the option, its value and the allowed values;
/// the framework's messages lack the section and the value.
/// </summary>
internal static class CheckedOptions
{
    /// <summary>Binds a section of the configuration to options that are validated at start.</summary>
    public static void AddCheckedOptions<T>(this IHostApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(section), options))
            .ValidateOnStart();

    /// <summary>Reads a section at once, for what is needed before services exist.</summary>
    /// <exception cref="OptionsValidationException">An option is invalid.</exception>
    public static T GetChecked<T>(this IConfiguration configuration, string section) where T : class, new()
    {
        var options = new T();
        Bind(configuration.GetSection(section), options);
        return options;
    }

    private static void Bind(IConfigurationSection section, object options)
    {
        var faults = new List<string>();
        BindEach(section, options, faults);
        if (faults.Count == 0 && options is IValidatableObject whole)
            faults.AddRange(whole.Validate(new ValidationContext(options)).Select(fault => fault.ErrorMessage!));
        if (faults.Count > 0)
            throw new OptionsValidationException(section.Path, options.GetType(), faults);
    }

    private static void BindEach(IConfigurationSection section, object options, List<string> faults)
    {
        const BindingFlags AnyCase = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;
        foreach (var option in section.GetChildren())
        {
            if (options.GetType().GetProperty(option.Key, AnyCase) is not { } property)
                continue;

            if ((option.Value ?? List(option, property)) is { } text)
            {
                if (property.CanWrite && Fault(options, property, option, text) is { } fault)
                    faults.Add(fault);
            }
            else if (property.GetValue(options) is { } part and not string)
            {
                BindEach(option, part, faults);
            }
        }
    }

    // Key__0, Key__1: the framework's form of a list, for an option that is a list separated by commas.
    private static string? List(IConfigurationSection option, PropertyInfo property) =>
        property.PropertyType == typeof(string)
            ? string.Join(',', option.GetChildren().Select(item => item.Value))
            : null;

    private static string? Fault(object options, PropertyInfo property, IConfigurationSection option, string text)
    {
        try
        {
            var value = property.PropertyType == typeof(string) ? text : option.Get(property.PropertyType);
            if (!property.GetCustomAttributes<ValidationAttribute>().All(rule => rule.IsValid(value)))
                return $"{option.Path}={text} is not {Allowed(property)}.";

            property.SetValue(options, value);
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"{option.Path}={text} is not {Allowed(property)}.";
        }
        catch (TargetInvocationException refused)
        {
            return $"{option.Path}={text} is refused: {refused.InnerException!.Message}";
        }
    }

    private static string Allowed(PropertyInfo property)
    {
        if (property.GetCustomAttribute<DescriptionAttribute>() is { } described)
            return described.Description;

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var what = type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a time"
            : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : "a whole number";
        return property.GetCustomAttribute<RangeAttribute>() is { } range
                ? $"{what} from {range.Minimum} to {range.Maximum}"
            : type == typeof(TimeSpan) ? $"{what} such as 00:00:10"
            : what;
    }
}
