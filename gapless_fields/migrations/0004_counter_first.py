from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gapless_fields", "0003_move_counter"),
    ]

    operations = [
        migrations.AddField(
            model_name="counter",
            name="first",
            field=models.BigIntegerField(
                blank=True,
                editable=False,
                help_text=(
                    "Where the first number depends on data: what it was when it was given."
                ),
                null=True,
                verbose_name="first number",
            ),
        ),
    ]
